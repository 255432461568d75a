/** Rate limits: token buckets, one alone or one per key with bounded memory. */

export interface Rate {
  readonly perSecond: number;
  /** The most that can be saved up, and what a new bucket starts with. */
  readonly burst: number;
}

export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAtMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAtMs = nowMs;
  }

  /** Whether there is a token to take. */
  has(nowMs: number): boolean {
    const gained = ((nowMs - this.#filledAtMs) / 1_000) * this.#rate.perSecond;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    return this.#tokens >= 1;
  }

  /** Takes one token; false when there is none, and then nothing is taken. */
  take(nowMs: number): boolean {
    if (!this.has(nowMs)) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** A bucket for each key. When there are more keys than `capacity`, the one unused longest starts afresh. */
export class KeyedTokenBuckets {
  readonly #rate: Rate;
  readonly #capacity: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, capacity: number) {
    this.#rate = rate;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(key: string, nowMs: number): boolean {
    return this.#bucket(key, nowMs).take(nowMs);
  }

  /** Takes a token of each key, or none at all: what one of them refuses costs the others nothing. */
  takeAll(keys: Iterable<string>, nowMs: number): boolean {
    const buckets = [...new Set(keys)].map((key) => this.#bucket(key, nowMs));
    if (!buckets.every((bucket) => bucket.has(nowMs))) return false;
    for (const bucket of buckets) bucket.take(nowMs);
    return true;
  }

  #bucket(key: string, nowMs: number): TokenBucket {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#rate, nowMs);
      if (this.#buckets.size >= this.#capacity) this.#forgetOldest();
    } else {
      this.#buckets.delete(key); // A Map keeps the order of insertion: back in at the end, as the one used last.
    }
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
