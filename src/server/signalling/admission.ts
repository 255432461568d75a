/** Which source addresses may open a connection: how fast, and how many at once before they have authenticated. */
import type { Clock } from '../clock.ts';
import { RATE_MEMORY, type ServerLimits } from '../constants.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';

export class Admission {
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #rate: KeyedTokenBuckets;
  readonly #unauthenticated = new Map<string, number>();

  constructor(clock: Clock, limits: ServerLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#rate = new KeyedTokenBuckets(
      { perSecond: limits.connectionsPerSecond, burst: limits.connectionBurst },
      RATE_MEMORY,
    );
  }

  /** Takes one more unauthenticated connection from a source in; false when it has to wait. */
  enter(source: string): boolean {
    const count = this.#unauthenticated.get(source) ?? 0;
    if (count >= this.#limits.unauthenticatedPerAddress) return false;
    if (!this.#rate.take(source, this.#clock.now())) return false;
    this.#unauthenticated.set(source, count + 1);
    return true;
  }

  /** One has authenticated or gone. */
  leave(source: string): void {
    const count = (this.#unauthenticated.get(source) ?? 0) - 1;
    if (count > 0) this.#unauthenticated.set(source, count);
    else this.#unauthenticated.delete(source);
  }
}
