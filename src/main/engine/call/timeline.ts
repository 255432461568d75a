/** What happened when in a call, for the panel that shows it. */
import type { TimelineEvent } from '../../../shared/call.ts';
import { MAX_TIMELINE } from './constants.ts';

/** What comes a handful of times in a call and always finds room. */
const CALL_EVENTS: ReadonlySet<TimelineEvent['type']> = new Set([
  'placed',
  'came-in',
  'rang-there',
  'answered',
  'ended',
]);

export class Timeline {
  readonly #elapsedMs: () => number;
  #events: readonly TimelineEvent[] = [];

  /** @param elapsedMs time since the call began, ms */
  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** A new list after each event, so that whoever holds one may keep it. */
  get events(): TimelineEvent[] {
    return [...this.#events];
  }

  /** Something happens now. */
  mark(type: TimelineEvent['type'], detail?: string): void {
    this.add({ type, atMs: this.#elapsedMs(), detail });
  }

  /** A path may come and go without end, so what a path does is kept only while there is room. */
  add(event: TimelineEvent): void {
    if (this.#events.length >= MAX_TIMELINE && !CALL_EVENTS.has(event.type)) return;
    this.#events = [...this.#events, event];
  }
}
