/**
 * Whether a pair loses datagrams, as far as its checks show it. A check that was sent again may have been lost, or merely be waiting for an
 * answer from far away, or have met a filter that was not open yet. So time counts from when the other side's own check has come, which
 * needs both filters open; and it is compared with a round trip that leaves no doubt, which may be known only a check later.
 */
import { LOST_CHECK_MARGIN_MS } from './constants.ts';

export class Losses {
  /** The longest that an answer to a check that was sent more than once took, ms. */
  #longestMs = 0;
  #known = false;

  /** Once true it stays so. */
  get known(): boolean {
    return this.#known;
  }

  /**
   * An ack came.
   * @param waitedMs since the first sending that could be answered; undefined where the check was sent once
   * @param shortestRttMs the shortest round trip that is beyond doubt, where there is one
   */
  acked(waitedMs: number | undefined, shortestRttMs: number | undefined): void {
    this.#longestMs = Math.max(this.#longestMs, waitedMs ?? 0);
    if (shortestRttMs !== undefined && this.#longestMs > shortestRttMs + LOST_CHECK_MARGIN_MS)
      this.#known = true;
  }
}
