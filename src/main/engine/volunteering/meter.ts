/** Between the node's counters and the ledger: what was carried is counted, what may be carried next is set aside before. */
import type { Logger } from 'pino';
import type { Clock } from '../outside/index.ts';
import type { NodeCounters } from '../sfu/node.ts';
import { StoreUnreadableError, StoreUnwritableError } from '../store/index.ts';
import { AHEAD_MS, WRITE_MS } from './constants.ts';
import type { Increment, Ledger } from './ledger.ts';
import { bytesIn } from './limits.ts';

type Counters = Omit<NodeCounters, 'refused'>;

export interface MeterOptions {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Since the start of the app. */
  readonly counters: () => Counters;
  readonly logger: Logger;
}

export class Meter {
  readonly #options: MeterOptions;
  #counted: Counters = { bytesForwarded: 0, peopleHelped: 0, worked: 0, failed: 0 };
  #usedAtMs = Number.NEGATIVE_INFINITY;
  #isWritable = true;
  #isHeld = true;

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** Whether the disk took what was last written. */
  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** Takes over what has come about since the last time. */
  count(): void {
    const { ledger, counters } = this.#options;
    const now = counters();
    const increment: Increment = {
      bytes: now.bytesForwarded - this.#counted.bytesForwarded,
      peopleHelped: now.peopleHelped - this.#counted.peopleHelped,
      worked: now.worked - this.#counted.worked,
      failed: now.failed - this.#counted.failed,
    };
    this.#counted = now;
    ledger.count(increment);
  }

  /** Whether nobody else counts in our folder. */
  hold(): boolean {
    const isHeld = this.#holds();
    if (isHeld !== this.#isHeld) {
      this.#isHeld = isHeld;
      this.#options.logger.warn(
        { ours: isHeld },
        'the folder that the allowance is counted in has changed hands',
      );
    }
    return isHeld;
  }

  #holds(): boolean {
    try {
      return this.#options.ledger.hold();
    } catch (error) {
      if (error instanceof StoreUnreadableError) return false; // What the other one left is not written over.
      throw error;
    }
  }

  /** Somebody is here: what may be sent on until the next time is on disk before it is. */
  setAside(limitKbitPerS: number, kbitPerS: number): void {
    const { clock, ledger } = this.#options;
    this.#usedAtMs = clock.now();
    const ahead = bytesIn(limitKbitPerS, AHEAD_MS);
    this.#write(() => ledger.setAside(ahead, ahead + bytesIn(kbitPerS, WRITE_MS)));
  }

  /** Nobody is here. What was set aside is taken back once that has been so for a while, or at once. */
  settle(when: 'later' | 'now'): void {
    const { clock, ledger } = this.#options;
    if (when === 'later' && this.#isWritable && clock.now() - this.#usedAtMs < WRITE_MS) return;
    this.#write(() => ledger.settle(!this.#isWritable));
  }

  #write(work: () => void): void {
    const { logger } = this.#options;
    try {
      work();
      this.#isWritable = true;
    } catch (error) {
      if (!(error instanceof StoreUnwritableError)) throw error;
      if (this.#isWritable) logger.error({ err: error }, 'what was carried cannot be written down');
      this.#isWritable = false;
    }
  }
}
