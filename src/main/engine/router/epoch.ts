/** Telling from a router's clock, which each answer carries, that it restarted and forgot its mappings. */
import { EPOCH_SLACK_S } from './constants.ts';

/** One router's clock. */
export class Epoch {
  readonly #share: number;
  #epochS: number | undefined;
  #atMs = 0;

  /** @param share how much of our clock's pace the router's must keep, and ours of its */
  constructor(share: number) {
    this.#share = share;
  }

  /**
   * Takes note of an answer's epoch.
   *
   * @param nowMs our clock when it came
   * @returns whether the router restarted since the answer before: its clock went back, or moved by much less than ours (RFC 6886 §3.6), or
   * by much more (RFC 6887 §8.5)
   */
  restarted(epochS: number, nowMs: number): boolean {
    const before = this.#epochS;
    const oursS = (nowMs - this.#atMs) / 1_000;
    this.#epochS = epochS;
    this.#atMs = nowMs;
    if (before === undefined) return false;
    const theirsS = epochS - before;
    // RFC 6887 §8.5 lets an answer that was overtaken on its way be one second behind.
    if (theirsS < -1) return true;
    return theirsS + EPOCH_SLACK_S < oursS * this.#share || oursS + EPOCH_SLACK_S < theirsS * this.#share;
  }
}
