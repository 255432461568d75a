/** Signalling that takes its time: what stands for the connections to the rendezvous server. */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import type { SimulatedInternet } from './internet.ts';

export interface SignallingQuality {
  /** One way from machine to machine through the rendezvous server, ms. */
  readonly delayMs: number;
  /** Up to so much more: a repeat after a loss, a server that is busy, ms. */
  readonly jitterMs: number;
}

/** What one machine says to the other through the rendezvous server: in order, exactly once, and late. */
export class Envelopes {
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #quality: SignallingQuality;
  #lastArrivalMs = 0;

  constructor({ clock, random }: SimulatedInternet, name: string, quality: SignallingQuality) {
    this.#clock = clock;
    this.#random = random.derive(`envelopes ${name}`);
    this.#quality = quality;
  }

  /** The content is copied now, as sealing does. */
  send<Content>(content: Content, open: (content: Content) => void): void {
    const sealed = structuredClone(content);
    const nowMs = this.#clock.now();
    const { delayMs, jitterMs } = this.#quality;
    const arrivalMs = nowMs + delayMs + this.#random.fraction() * jitterMs;
    this.#lastArrivalMs = Math.max(arrivalMs, this.#lastArrivalMs);
    this.#clock.setTimer(() => open(sealed), this.#lastArrivalMs - nowMs);
  }
}
