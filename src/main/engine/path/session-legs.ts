/** The legs of a session: ways over carriers, each one more way for its checks. */
import type { Candidate, PathKind, TransportAddress } from '../../../shared/words.ts';
import type { LegFailure } from '../carrier/leg.ts';
import type { Clock, DatagramSocket } from '../outside/index.ts';
import { candidatePriority, probableLocalEnd } from './candidates.ts';
import type { Checklist } from './checklist.ts';
import { ANSWER_FRESH_MS } from './constants.ts';
import type { SessionRecord } from './record.ts';
import type { Steering } from './steering.ts';
import type { CarriedWays } from './types.ts';

export interface SessionLegsOptions {
  readonly checklist: Checklist;
  readonly steering: Steering;
  readonly record: SessionRecord;
  readonly clock: Clock;
  /** The other side is known, and the session not closed. */
  readonly isConnected: () => boolean;
  readonly nextAttempt: () => string;
  readonly localCandidates: () => readonly Candidate[];
}

export class SessionLegs implements CarriedWays {
  readonly #options: SessionLegsOptions;

  constructor(options: SessionLegsOptions) {
    this.#options = options;
  }

  add(leg: DatagramSocket, { address, port }: TransportAddress): void {
    const { checklist, isConnected } = this.#options;
    if (!isConnected()) return;
    checklist.add({ address, port, type: 'relay', priority: candidatePriority('relay', 65_535) }, leg);
    checklist.run();
  }

  remove(leg: DatagramSocket): void {
    const { checklist, steering } = this.#options;
    for (const pair of checklist.pairs.filter(({ socket }) => socket === leg)) {
      checklist.remove(pair);
      steering.removed(pair);
    }
  }

  leave(leg: DatagramSocket): void {
    const { checklist, steering } = this.#options;
    for (const pair of checklist.pairs) if (pair.socket === leg) pair.isLeaving = true;
    steering.select();
  }

  answers(leg: DatagramSocket): boolean {
    const { checklist, clock } = this.#options;
    const sinceMs = clock.now() - ANSWER_FRESH_MS;
    return checklist.pairs.some((pair) => pair.socket === leg && pair.ackedAtMs > sinceMs);
  }

  mayTakeOver(leg: DatagramSocket): boolean {
    const { checklist, clock } = this.#options;
    const nowMs = clock.now();
    return (
      this.answers(leg) &&
      checklist.pairs.some(
        (pair) => pair.socket === leg && !pair.isLeaving && !pair.isDead && pair.avoidedUntilMs <= nowMs,
      )
    );
  }

  noteFailed(kind: PathKind, carrier: TransportAddress, startedAtMs: number, reason: LegFailure): void {
    const { record, nextAttempt, localCandidates } = this.#options;
    record.keepAttempt({
      id: nextAttempt(),
      kind,
      local: probableLocalEnd(localCandidates(), carrier.address),
      remote: { ...carrier, type: 'relay' },
      startedMs: record.relative(startedAtMs),
      endedMs: record.nowMs(),
      checksSent: 0,
      outcome: 'failed',
      reason: reason === 'no-answer' ? 'no-ack' : reason,
    });
  }
}
