/** What single sources may put to the engine's thread: token buckets in numbers alone, found by the address. */
import { SOURCES } from './constants.ts';

export class Sources {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #tokens: Float64Array;
  readonly #countedAtMs = new Float64Array(SOURCES);

  constructor(perSecond: number, burst: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = new Float64Array(SOURCES).fill(burst);
  }

  /** @param source any number made of the address; those that share their last bits share a bucket */
  take(source: number, nowMs: number): boolean {
    const place = source & (SOURCES - 1);
    const gained = (nowMs - (this.#countedAtMs[place] ?? 0)) * this.#perMs;
    const tokens = Math.min(this.#burst, (this.#tokens[place] ?? 0) + gained);
    this.#countedAtMs[place] = nowMs;
    const has = tokens >= 1;
    this.#tokens[place] = has ? tokens - 1 : tokens;
    return has;
  }
}

/** Mixes two words of an address into a number (the finaliser of MurmurHash3, public domain). */
export function mix(one: number, other: number): number {
  let hash = one ^ Math.imul(other, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
