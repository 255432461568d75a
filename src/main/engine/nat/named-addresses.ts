/**
 * Datagrams to addresses that nobody but a server named: its OTHER-ADDRESS, or what it says our own public address is. It may lie
 * to turn us against somebody, so only a few go there until something has come back.
 */
import type { Clock } from '../outside/index.ts';
import { MAX_NAMED_ADDRESSES, MAX_UNANSWERED_TO_NAMED, NAMED_MEMORY_MS } from './constants.ts';

interface Tally {
  unanswered: number;
  sinceMs: number;
}

export class NamedAddresses {
  readonly #clock: Clock;
  readonly #tallies = new Map<string, Tally>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one datagram to the IP address; false when it has to stay here. */
  maySend(address: string): boolean {
    const nowMs = this.#clock.now();
    for (const [known, { sinceMs }] of this.#tallies) {
      if (nowMs - sinceMs >= NAMED_MEMORY_MS) this.#tallies.delete(known);
    }
    let tally = this.#tallies.get(address);
    if (!tally) {
      if (this.#tallies.size >= MAX_NAMED_ADDRESSES) return false;
      tally = { unanswered: 0, sinceMs: nowMs };
      this.#tallies.set(address, tally);
    }
    if (tally.unanswered >= MAX_UNANSWERED_TO_NAMED) return false;
    tally.unanswered++;
    return true;
  }

  /** Something that only its receiver could know came back: nobody is being flooded. */
  answered(address: string): void {
    const tally = this.#tallies.get(address);
    if (tally) tally.unanswered = 0;
  }
}
