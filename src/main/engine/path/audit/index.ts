/**
 * The audit of the nodes that carry a call. A node forwards what it cannot read, and nothing but its good will makes it do so well. So
 * who sends over one says in checks what was sent, and who receives judges by that; both see how long the answers take. The server's own
 * relay is not audited: nothing could be reported of it, and there is nothing to go to.
 */
import type { Clock } from '../../outside/index.ts';
import type { CandidatePair } from '../pair.ts';
import { MAX_UNANSWERED_TALLIES, ROUND_TRIPS, SLOW_MS, TALLY_PERIOD_MS } from './constants.ts';
import type { Misdeed } from './judge.ts';
import { markKey, markOf, readTally, SentTally } from './tally.ts';

export interface AuditOptions {
  readonly clock: Clock;
  /** Sends a tally over the pair in a check, and tells how long the answer took. */
  readonly send: (pair: CandidatePair, tally: Buffer, onAck: (rttMs: number) => void) => void;
  /** Whether it is this node that is slow: nothing else stands by, or what does answers within this time. May be false until that is known. */
  readonly isItsFault: (pair: CandidatePair, withinMs: number) => boolean;
  /** Once for each pair: the node must be left. */
  readonly onCondemned: (pair: CandidatePair, misdeed: Misdeed) => void;
}

export class Audit {
  readonly #options: AuditOptions;
  readonly #sent = new SentTally();
  #key = 0;
  /** The pair whose datagrams are counted. */
  #pair: CandidatePair | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Tallies sent since the last answer. */
  #unanswered = 0;
  /** Of the last tallies, the newest last, and the shortest there was on this pair; ms. */
  #roundTripsMs: number[] = [];
  #shortestMs = Number.POSITIVE_INFINITY;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  connect(ownPassword: string, theirPassword: string): void {
    this.#key = markKey(ownPassword, theirPassword);
  }

  /** A datagram leaves over a node. The per-packet path. */
  sent(pair: CandidatePair, datagram: Buffer): void {
    if (pair !== this.#pair) this.#attend(pair);
    this.#sent.sent(markOf(this.#key, datagram, 0, datagram.length));
  }

  /** A datagram came over a node. The per-packet path. */
  received(pair: CandidatePair, datagram: Buffer, offset: number, length: number): void {
    pair.judge?.received(markOf(this.#key, datagram, offset, length));
  }

  /** The other side says what it sent over a node. */
  told(pair: CandidatePair, bytes: Buffer): void {
    const tally = readTally(bytes);
    if (tally) pair.judge?.told(tally, this.#options.clock.now());
  }

  /** Every few ms: says what was sent, and looks whether a node is to be left. */
  pulse(pairs: readonly CandidatePair[], active: CandidatePair | undefined, nowMs: number): void {
    for (const pair of pairs) {
      const misdeed = pair.isLeaving ? undefined : pair.judge?.verdict(nowMs);
      if (misdeed) this.#options.onCondemned(pair, misdeed);
    }
    if (active !== this.#pair || this.#sent.isEmpty || !active?.judge) return;
    if (nowMs - this.#toldAtMs < TALLY_PERIOD_MS) return;
    this.#toldAtMs = nowMs;
    this.#options.send(active, this.#sent.take(), (rttMs) => this.#answered(active, rttMs));
    this.#unanswered++;
    if (this.#unanswered >= MAX_UNANSWERED_TALLIES && !active.isLeaving) {
      this.#options.onCondemned(active, 'slow');
    }
  }

  #attend(pair: CandidatePair): void {
    this.#pair = pair;
    this.#sent.skip();
    this.#toldAtMs = this.#options.clock.now();
    this.#unanswered = 0;
    this.#roundTripsMs = [];
    this.#shortestMs = pair.rttMs ?? Number.POSITIVE_INFINITY;
  }

  #answered(pair: CandidatePair, rttMs: number): void {
    if (pair !== this.#pair) return;
    this.#unanswered = 0;
    this.#shortestMs = Math.min(this.#shortestMs, rttMs);
    this.#roundTripsMs = [...this.#roundTripsMs, rttMs].slice(-ROUND_TRIPS);
    if (this.#roundTripsMs.length < ROUND_TRIPS || pair.isLeaving) return;
    const middleMs = this.#roundTripsMs.toSorted((a, b) => a - b)[Math.floor(ROUND_TRIPS / 2)] ?? 0;
    const lateMs = middleMs - this.#shortestMs;
    if (lateMs > SLOW_MS && this.#options.isItsFault(pair, middleMs - SLOW_MS / 2)) {
      this.#options.onCondemned(pair, 'slow');
    }
  }
}
