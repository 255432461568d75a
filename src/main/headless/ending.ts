/** The end of a headless host: guests are moved first, then everything is closed, and all of it has a limit. */
import type { VolunteerState } from '../../shared/volunteer.ts';
import type { Clock } from '../engine/outside/index.ts';
import { LEAVE_LIMIT_MS } from '../engine/sfu/constants.ts';
import { EXIT_FAILED, SAME_SIGNAL_MS, STOP_LIMIT_MS } from './constants.ts';
import type { Drained } from './control-protocol.ts';

/** The volunteer, as far as the end concerns it. */
interface Draining {
  state(): Pick<VolunteerState, 'bridges'>;
  drain(): Promise<void>;
  on(event: 'changed', listener: () => void): unknown;
  off(event: 'changed', listener: () => void): unknown;
}

export interface EndingOptions {
  readonly volunteer: Draining;
  readonly clock: Clock;
  /** Closes everything, when nobody is here any more. */
  readonly close: () => Promise<void>;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** A line for the person at the terminal. */
  readonly say: (sentence: string) => void;
}

export class Ending {
  readonly #options: EndingOptions;
  #drained: Promise<Drained> | undefined;
  #finished: Promise<void> | undefined;
  #askedAtMs: number | undefined;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /**
   * A signal asks for the end. A second one does not wait for anybody; one that comes at once is the same wish, which a group of processes was told,
   * and whoever started this one has passed on.
   */
  async signal(): Promise<void> {
    const { clock, exit } = this.#options;
    if (this.#askedAtMs !== undefined) {
      if (clock.now() - this.#askedAtMs >= SAME_SIGNAL_MS) exit(EXIT_FAILED);
      return;
    }
    this.#askedAtMs = clock.now();
    const drained = await this.drain();
    if (drained.bridges > 0) this.#options.say(sayDrained(drained));
    await this.finish();
  }

  /** No new guests from now on; those who are here are moved. Asked again, it waits for the same end. */
  drain(): Promise<Drained> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  /** Closes everything and ends the process. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #drain(): Promise<Drained> {
    const { volunteer, clock, exit, say } = this.#options;
    clock.setTimer(() => {
      say(`Byway did not end within ${STOP_LIMIT_MS / 1_000} s and was cut off.`);
      exit(EXIT_FAILED);
    }, STOP_LIMIT_MS);
    const beganMs = clock.now();
    const bridges = volunteer.state().bridges.length;
    let remaining = bridges;
    const look = () => {
      // At the limit those who are still here are dropped.
      if (clock.now() - beganMs < LEAVE_LIMIT_MS) remaining = volunteer.state().bridges.length;
    };
    volunteer.on('changed', look);
    await volunteer.drain();
    look();
    volunteer.off('changed', look);
    return { pid: process.pid, bridges, remaining, tookMs: Math.round(clock.now() - beganMs) };
  }

  async #finish(): Promise<void> {
    await this.#options.close();
    this.#options.exit(0);
  }
}

/** How it went, in one sentence. */
export function sayDrained({ bridges, remaining, tookMs }: Drained): string {
  const seconds = `${(tookMs / 1_000).toFixed(1)} s`;
  if (bridges === 0) return 'No call was carried here.';
  const calls =
    bridges === 1 ? 'The call that was carried here' : `All ${bridges} calls that were carried here`;
  if (remaining === 0) return `${calls} moved to another way within ${seconds}.`;
  return `${remaining} of ${bridges} calls had not moved after ${seconds} and were let go; their apps look for another way.`;
}
