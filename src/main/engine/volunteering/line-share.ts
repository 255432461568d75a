/**
 * The share of the caps that the line can spare, from round trips to the nearest STUN server: less when they say that queues grow, which is
 * what the user's own traffic would wait in. As LEDBAT does (RFC 6817 §2.4.2), with round trips for its one-way delays, samples once a
 * second for its acknowledgements, and a decrease by a factor, so that a long queue is gone soon. Pure.
 */
import type { RoundTrip } from '../path/round-trip.ts';
import {
  BASE_MINUTE_MS,
  BASE_MINUTES,
  CURRENT_SAMPLES,
  GROWTH,
  LOST_SAMPLES,
  QUEUEING_TARGET_MS,
  YIELD_FACTOR,
} from './constants.ts';

export class LineShare {
  /** Lowest round trip of each minute, the newest last. */
  #minutes: { readonly minute: number; lowestMs: number }[] = [];
  #current: number[] = [];
  #server = '';
  #lost = 0;
  #share = 1;

  /** From above 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /** So many questions were not answered one after another that their server seems to be gone. */
  get isDeaf(): boolean {
    return this.#lost >= LOST_SAMPLES;
  }

  /** Nobody is here: what is wanted of the line then says nothing of the next time. How long the way is stays known. */
  reset(): void {
    this.#share = 1;
    this.#lost = 0;
    this.#current = [];
  }

  /**
   * @param trip of another server is another way, with a delay of its own
   * @param leastShare the share does not fall below it
   * @param nowMs by `clock.now()`
   */
  heard({ server, rttMs, shortestMs }: RoundTrip, leastShare: number, nowMs: number): void {
    if (server !== this.#server) {
      this.#server = server;
      this.#minutes = [];
      this.#current = [];
    }
    this.#lost = 0;
    this.#remember(Math.min(rttMs, shortestMs), nowMs);
    this.#sample(rttMs, leastShare);
  }

  /** Nothing came back in time: lost in a full queue, until it has happened too often for that. */
  missed(leastShare: number): void {
    this.#lost++;
    if (!this.isDeaf) this.#sample(Number.POSITIVE_INFINITY, leastShare);
    else this.#grow();
  }

  /** There is nobody to ask. */
  untold(): void {
    this.#grow();
  }

  #sample(rttMs: number, leastShare: number): void {
    this.#current = [...this.#current, rttMs].slice(-CURRENT_SAMPLES);
    const queueingMs = Math.min(...this.#current) - this.#baseMs();
    if (queueingMs <= QUEUEING_TARGET_MS) this.#grow();
    if (queueingMs <= QUEUEING_TARGET_MS || this.#current.length < CURRENT_SAMPLES) return;
    this.#share = Math.max(leastShare, this.#share * YIELD_FACTOR);
    // What was measured before says nothing of what is sent from now on.
    this.#current = [];
  }

  #grow(): void {
    this.#share = Math.min(1, this.#share + GROWTH);
  }

  #remember(rttMs: number, nowMs: number): void {
    const minute = Math.floor(nowMs / BASE_MINUTE_MS);
    const last = this.#minutes.at(-1);
    if (last?.minute === minute) last.lowestMs = Math.min(last.lowestMs, rttMs);
    else this.#minutes.push({ minute, lowestMs: rttMs });
    this.#minutes = this.#minutes.filter((known) => known.minute > minute - BASE_MINUTES);
  }

  /** Without any, nothing is too long yet. */
  #baseMs(): number {
    return this.#minutes.length === 0
      ? Number.POSITIVE_INFINITY
      : Math.min(...this.#minutes.map(({ lowestMs }) => lowestMs));
  }
}
