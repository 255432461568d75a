/**
 * What is heard of the other side, listened for every `PULSE_MS`, or half as often while it is steady. Audio brings a datagram every 20 ms while a call is on, also when it is
 * muted, so silence means something long before consent would have to be asked for. Where nothing flows (it rings, or both hold), silence
 * means nothing, and consent checks are all there is to go by.
 *
 * The per-packet path leaves a mark on the pair and no more; this collects the marks.
 */
import {
  ANSWER_MARGIN_MS,
  DEAF_MS,
  FLOW_PULSES,
  FLOWING_PULSES,
  FOLLOW_MS,
  MAX_QUIET_MS,
  PAUSE_FACTOR,
  PAUSE_MEMORY_MS,
  QUIET_MS,
  SWITCH_MS,
} from './constants.ts';
import type { CandidatePair } from './pair.ts';

export class Hearing {
  /** When anything authentic last came, on whatever pair. */
  lastReceivedAtMs = Number.NEGATIVE_INFINITY;
  /** Datagrams came steadily until the latest one: their absence is news. */
  isFlowing = false;
  #flow = 0;
  #silenceMs = 0;
  #active: CandidatePair | undefined;
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #listenedAtMs = Number.NEGATIVE_INFINITY;
  /** The longest pauses of this stretch of time and of the one before, ms. */
  #longestMs = 0;
  #longestBeforeMs = 0;
  #stretchSinceMs = Number.NEGATIVE_INFINITY;

  /**
   * How long nothing came on the pair that carries, ms. A pair that has just taken over gets a round trip first, in which the other side
   * cannot have followed yet; so this may be negative. Time in which this program did not run is not counted: what came in it is still
   * unread.
   */
  get silenceMs(): number {
    return this.#silenceMs;
  }

  /** Datagrams have come without a pause for a while: listening may be seldom. */
  get isSteady(): boolean {
    return this.#flow === FLOW_PULSES && this.#silenceMs <= 0;
  }

  /** Some datagrams should have come by now: has the other side moved? */
  get isPausing(): boolean {
    return this.isFlowing && this.#silenceMs >= FOLLOW_MS;
  }

  /** They should have come long ago: is the pair dead? */
  get isQuiet(): boolean {
    return this.isFlowing && this.#silenceMs >= Math.min(MAX_QUIET_MS, Math.max(QUIET_MS, this.#pauseMs));
  }

  /** How long a silence has to be for another pair to take over, ms: shorter where the round trip is, and pauses were. */
  get patienceMs(): number {
    const answerMs = QUIET_MS + (this.#active?.rttMs ?? SWITCH_MS) + ANSWER_MARGIN_MS;
    return Math.min(SWITCH_MS, Math.max(answerMs, PAUSE_FACTOR * this.#pauseMs));
  }

  /** The longest pause of late. */
  get #pauseMs(): number {
    return Math.max(this.#longestMs, this.#longestBeforeMs);
  }

  /** A check or an ack came in on a pair: authentic, so the way it came works. */
  received(pair: CandidatePair, nowMs: number): void {
    pair.receivedAtMs = nowMs;
    this.lastReceivedAtMs = nowMs;
  }

  /** Another pair carries from now on. */
  attend(active: CandidatePair | undefined): void {
    this.#active = active;
    this.#heardAtMs = active?.heardAtMs ?? Number.NEGATIVE_INFINITY;
    this.#silenceMs = -(active?.rttMs ?? 0);
  }

  /** Collects what came since the last time. Allocates nothing. */
  listen(pairs: readonly CandidatePair[], active: CandidatePair | undefined, nowMs: number): void {
    let cameDatagrams = false;
    for (const pair of pairs) {
      if (!pair.fresh) continue;
      pair.fresh = false;
      pair.datagramAtMs = nowMs;
      this.received(pair, nowMs);
      cameDatagrams = true;
    }
    this.#noteFlow(cameDatagrams);
    const passedMs = Math.min(nowMs - this.#listenedAtMs, DEAF_MS);
    this.#listenedAtMs = nowMs;
    if (active !== this.#active) {
      this.attend(active);
    } else if (active && active.heardAtMs !== this.#heardAtMs) {
      this.#heardAtMs = active.heardAtMs;
      this.#notePause(nowMs);
      this.#silenceMs = Math.min(0, this.#silenceMs);
    } else {
      this.#silenceMs += passedMs;
    }
  }

  #notePause(nowMs: number): void {
    if (nowMs - this.#stretchSinceMs >= PAUSE_MEMORY_MS) {
      this.#stretchSinceMs = nowMs;
      this.#longestBeforeMs = this.#longestMs;
      this.#longestMs = 0;
    }
    this.#longestMs = Math.max(this.#longestMs, this.#silenceMs);
  }

  /** Whether it flows is settled by what came, so that it still stands while nothing does. */
  #noteFlow(cameDatagrams: boolean): void {
    if (cameDatagrams) {
      this.#flow = Math.min(FLOW_PULSES, this.#flow + 1);
      this.isFlowing = this.#flow >= FLOWING_PULSES;
    } else if (this.#flow > 0) {
      this.#flow--;
    } else {
      this.isFlowing = false;
    }
  }
}
