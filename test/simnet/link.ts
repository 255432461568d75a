/** One direction of a link: delay, jitter, loss, reordering, duplication and a rate, on the clock. */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';

/** Shares are from 0 to 1. */
export interface LinkQuality {
  /** One way, ms. */
  readonly delayMs: number;
  /** Up to so much more, evenly distributed, ms. Packets stay in order. */
  readonly jitterMs?: number;
  readonly lossShare?: number;
  /** Gilbert and Elliott's model: in the bad state, which a packet enters and leaves by chance, more is lost. */
  readonly bursts?: { readonly enterShare: number; readonly leaveShare: number; readonly lossShare: number };
  readonly duplicateShare?: number;
  /** So many packets are held back by `heldBackMs` while others overtake them. */
  readonly reorderShare?: number;
  readonly heldBackMs?: number;
  /** A bottleneck: how quickly it sends, and how much waits before it at the most. */
  readonly rate?: { readonly bytesPerMs: number; readonly queueBytes: number };
}

/** IPv4 and UDP headers, bytes, which take time on a link too. */
const HEADER_BYTES = 28;

export class Link {
  quality: LinkQuality;
  /** While it is down, nothing passes. What was under way arrives. */
  up = true;
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  #inBurst = false;
  /** When the last packet that kept its place arrives. */
  #lastArrivalMs = 0;
  /** When the bottleneck has sent all that waits. */
  #freeAtMs = 0;

  constructor(clock: SimulatedClock, random: SeededRandom, quality: LinkQuality) {
    this.#clock = clock;
    this.#random = random;
    this.quality = quality;
  }

  /** Calls `arrive` when the packet does: never, once, or twice; never before this returns. */
  carry(bytes: number, arrive: () => void): void {
    if (!this.up || this.#isLost()) return;
    const queuedMs = this.#queue(bytes + HEADER_BYTES);
    if (queuedMs === undefined) return;
    const { duplicateShare = 0 } = this.quality;
    this.#send(queuedMs, arrive);
    if (duplicateShare > 0 && this.#random.fraction() < duplicateShare) this.#send(queuedMs, arrive);
  }

  #send(queuedMs: number, arrive: () => void): void {
    const { delayMs, jitterMs = 0, reorderShare = 0, heldBackMs = 0 } = this.quality;
    const jitter = jitterMs > 0 ? this.#random.fraction() * jitterMs : 0;
    const nowMs = this.#clock.now();
    let arrivalMs = nowMs + queuedMs + delayMs + jitter;
    if (reorderShare > 0 && this.#random.fraction() < reorderShare) {
      arrivalMs += heldBackMs;
    } else {
      arrivalMs = Math.max(arrivalMs, this.#lastArrivalMs);
      this.#lastArrivalMs = arrivalMs;
    }
    this.#clock.setTimer(arrive, arrivalMs - nowMs);
  }

  #isLost(): boolean {
    const { lossShare = 0, bursts } = this.quality;
    if (bursts) {
      const changeShare = this.#inBurst ? bursts.leaveShare : bursts.enterShare;
      if (this.#random.fraction() < changeShare) this.#inBurst = !this.#inBurst;
      if (this.#inBurst && this.#random.fraction() < bursts.lossShare) return true;
    }
    return lossShare > 0 && this.#random.fraction() < lossShare;
  }

  /** How long the packet is in the bottleneck, ms; undefined when the queue is full. */
  #queue(bytes: number): number | undefined {
    const { rate } = this.quality;
    if (!rate) return 0;
    const nowMs = this.#clock.now();
    const waitMs = Math.max(0, this.#freeAtMs - nowMs);
    if (waitMs * rate.bytesPerMs + bytes > rate.queueBytes) return undefined;
    this.#freeAtMs = nowMs + waitMs + bytes / rate.bytesPerMs;
    return this.#freeAtMs - nowMs;
  }
}
