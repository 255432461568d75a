/** How fast all searches of the app together may send: a bucket of tokens that fills steadily. */
import type { Clock } from '../outside/index.ts';
import { SEARCH_BURST, SEARCH_CHECKS_PER_S } from './constants.ts';

export class SearchBudget {
  readonly #clock: Clock;
  #tokens = 0;
  #filledAtMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAtMs = clock.now();
  }

  /** Takes what there is, up to so many checks. */
  take(wanted: number): number {
    const nowMs = this.#clock.now();
    const filled = this.#tokens + ((nowMs - this.#filledAtMs) * SEARCH_CHECKS_PER_S) / 1_000;
    this.#tokens = Math.min(SEARCH_BURST, filled);
    this.#filledAtMs = nowMs;
    const taken = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= taken;
    return taken;
  }
}
