/** How many JOINs with a good cookie one source may send: each costs signatures to verify. */
import { JOIN_BURST, JOINS_PER_SECOND, MAX_JOIN_SOURCES } from './constants.ts';
import { sourceOf } from './guest-legs.ts';

interface Bucket {
  left: number;
  countedAtMs: number;
}

export class JoinBudget {
  readonly #buckets = new Map<string, Bucket>();

  /** False when this source has had its share. */
  take(address: string, nowMs: number): boolean {
    const key = sourceOf(address);
    const known = this.#buckets.get(key);
    const saved = known ? known.left + ((nowMs - known.countedAtMs) / 1_000) * JOINS_PER_SECOND : JOIN_BURST;
    const left = Math.min(JOIN_BURST, saved);
    const isGiven = left >= 1;
    // A Map keeps the order of insertion: back in at the end, as the one used last.
    this.#buckets.delete(key);
    if (this.#buckets.size >= MAX_JOIN_SOURCES) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, { left: isGiven ? left - 1 : left, countedAtMs: nowMs });
    return isGiven;
  }
}
