/** Who may ring how often. What is over the limit is dropped unheard and leaves no trace in the list of calls. */
import type { UserId } from '../../../shared/words.ts';
import type { Clock } from '../outside/index.ts';
import { CONTACT_CALLS, RING_WINDOW_MS, STRANGER_CALLS } from './constants.ts';

export class Doorbell {
  readonly #clock: Clock;
  /** When they rang, `clock.now()`; strangers have one entry for all of them. */
  readonly #rang = new Map<UserId | 'stranger', number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this one more may ring, and counts it if so. */
  mayRing(who: UserId | 'stranger'): boolean {
    const now = this.#clock.now();
    const lately = (this.#rang.get(who) ?? []).filter((at) => now - at < RING_WINDOW_MS);
    if (lately.length >= (who === 'stranger' ? STRANGER_CALLS : CONTACT_CALLS)) return false;
    this.#rang.set(who, [...lately, now]);
    return true;
  }
}
