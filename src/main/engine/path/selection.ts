/**
 * Which of the pairs that proved themselves carries datagrams. The controlling side chooses and nominates, with a counter that grows (as
 * draft-thatcher-ice-renomination has it); the controlled side obeys the latest. Either side rescues itself when its pair dies.
 */
import type { Role } from './checks.ts';
import { SETTLE_MS, SILENT_MS } from './constants.ts';
import type { Hearing } from './hearing.ts';
import { isBetterKind, isClearlyBetter, takeOver, validPairs } from './liveness.ts';
import type { CandidatePair } from './pair.ts';

export class Selection {
  active: CandidatePair | undefined;
  /** The pair the controlling side wants, and how often it has said so. */
  nominated: CandidatePair | undefined;
  nomination = 0;
  /** Until then a better pair of the same kind takes over. */
  #settleUntilMs = Number.POSITIVE_INFINITY;

  /** The network is new: better pairs may take over for a while. */
  settleFrom(nowMs: number): void {
    this.#settleUntilMs = nowMs + SETTLE_MS;
  }

  hasSettled(nowMs: number): boolean {
    return nowMs >= this.#settleUntilMs;
  }

  /** The controlling side asks for a pair. Returns the counter to send. */
  nominate(pair: CandidatePair): number {
    this.nominated = pair;
    return ++this.nomination;
  }

  /** The other side asks for a pair. False when it has asked for another one since. */
  acceptNomination(pair: CandidatePair, nomination: number): boolean {
    if (nomination < this.nomination) return false;
    this.nomination = nomination;
    this.nominated = pair;
    return true;
  }

  /** The pair that should be active, or undefined where none may be. */
  decide(
    role: Role,
    pairs: readonly CandidatePair[],
    hearing: Hearing,
    nowMs: number,
  ): CandidatePair | undefined {
    const valid = validPairs(pairs, nowMs);
    const { active } = this;
    if (!active) return this.nominated && valid.includes(this.nominated) ? this.nominated : valid[0];
    const rescue = takeOver(active, valid, hearing, nowMs);
    if (rescue) {
      active.died(nowMs);
      return rescue;
    }
    if (active.isLeaving) return valid.find((pair) => mayCarry(pair, nowMs)) ?? active;
    return role === 'controlling' ? this.#choose(active, valid, nowMs) : this.#obey(active, valid);
  }

  #choose(active: CandidatePair, valid: readonly CandidatePair[], nowMs: number): CandidatePair {
    const hasSettled = this.hasSettled(nowMs);
    const better = valid.find(
      (pair) =>
        mayCarry(pair, nowMs) &&
        // What went quiet is no better, however short its round trip was.
        pair.receivedAtMs >= active.receivedAtMs - SILENT_MS &&
        (isBetterKind(pair, active) || (!hasSettled && isClearlyBetter(pair, active))),
    );
    return better ?? active;
  }

  #obey(active: CandidatePair, valid: readonly CandidatePair[]): CandidatePair {
    const { nominated } = this;
    if (!nominated || nominated === active || nominated.isLeaving || !valid.includes(nominated))
      return active;
    // A nomination that is older than the rescue from its pair does not lead back to it.
    return nominated.receivedAtMs >= active.receivedAtMs ? nominated : active;
  }
}

function mayCarry(pair: CandidatePair, nowMs: number): boolean {
  return pair.avoidedUntilMs <= nowMs && !pair.isLeaving;
}
