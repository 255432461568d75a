/** What a session tells about itself: the report, the time line, and the announcements that either changed. */
import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { PathAttempt, PathReport, TimelineEvent } from '../../../shared/call.ts';
import type { Clock, Timer } from '../outside/index.ts';
import { COUNTER_REPORT_MS, MAX_ATTEMPTS, REPORT_DELAY_MS } from './constants.ts';
import type { CandidatePair } from './pair.ts';
import type { PathSessionEvents } from './types.ts';

type Counters = PathReport['carried']['direct'];

function noneCarried(): Counters {
  return { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0 };
}

export class SessionRecord {
  state: PathReport['state'] = 'idle';
  /** Counted at the socket, framing included. */
  readonly carried = { direct: noneCarried(), sfu: noneCarried(), relay: noneCarried() };
  #attempts: PathReport['attempts'] = [];
  #reportTimer: Timer;
  #reportPending = false;
  #countersAnnouncedAtMs = 0;
  #packetsAnnounced = 0;
  #silenced = false;
  readonly #events: EventEmitter<PathSessionEvents>;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #logger: Logger;

  constructor(
    events: EventEmitter<PathSessionEvents>,
    options: { clock: Clock; startedAtMs: number; logger: Logger },
  ) {
    this.#events = events;
    this.#clock = options.clock;
    this.#startedAtMs = options.startedAtMs;
    this.#logger = options.logger;
  }

  /** ms since the call began. */
  nowMs(): number {
    return this.relative(this.#clock.now());
  }

  relative(atMs: number): number {
    return Math.max(0, Math.round((atMs - this.#startedAtMs) * 10) / 10);
  }

  /** Runs what listeners are told in; one that throws is its own fault and stops nothing here. */
  announce(emit: (events: EventEmitter<PathSessionEvents>) => void): void {
    if (this.#silenced) return;
    try {
      emit(this.#events);
    } catch (error) {
      this.#logger.error({ err: error }, 'a listener of a path session failed');
    }
  }

  note(type: TimelineEvent['type'], detail?: string): void {
    const event: TimelineEvent = { atMs: this.nowMs(), type, ...(detail === undefined ? {} : { detail }) };
    this.announce((events) => events.emit('timeline', event));
    this.changed();
  }

  setState(state: PathReport['state']): void {
    if (state === this.state) return;
    this.state = state;
    this.announce((events) => events.emit('state', state));
    this.changed();
  }

  keepAttempt(attempt: PathAttempt): void {
    this.#attempts.push(attempt);
    if (this.#attempts.length > MAX_ATTEMPTS) this.#attempts.shift();
    this.changed();
  }

  changed(): void {
    if (this.#reportPending || this.#silenced) return;
    this.#reportPending = true;
    this.#reportTimer = this.#clock.setTimer(() => {
      this.#reportPending = false;
      this.announce((events) => events.emit('report'));
    }, REPORT_DELAY_MS);
  }

  /** Announces counters that moved, now and then. */
  countersMoved(nowMs: number): void {
    if (nowMs - this.#countersAnnouncedAtMs < COUNTER_REPORT_MS) return;
    this.#countersAnnouncedAtMs = nowMs;
    const { direct, sfu, relay } = this.carried;
    const packets = [direct, sfu, relay].reduce((sum, c) => sum + c.packetsSent + c.packetsReceived, 0);
    if (packets === this.#packetsAnnounced) return;
    this.#packetsAnnounced = packets;
    this.changed();
  }

  report(active: CandidatePair | undefined, activeSinceMs: number): PathReport {
    const { direct, sfu, relay } = this.carried;
    return {
      state: this.state,
      ...(active && {
        active: {
          kind: active.kind,
          ...(active.attempt.isTurn && { isTurn: true }),
          local: { ...active.local },
          remote: { ...active.remote },
          rttMs: active.rttMs ?? 0,
          sinceMs: activeSinceMs,
        },
      }),
      attempts: this.#attempts.map((attempt) => ({
        ...attempt,
        local: { ...attempt.local },
        remote: { ...attempt.remote },
      })),
      carried: { direct: { ...direct }, sfu: { ...sfu }, relay: { ...relay } },
    };
  }

  /** Nothing is announced any more. */
  close(): void {
    this.#silenced = true;
    this.#clock.clearTimer(this.#reportTimer);
  }
}
