/** Is a path still alive? What is to be asked, and which pair should carry datagrams, decided from times alone. */
import {
  CONSENT_PERIOD_MS,
  PROBE_PERIOD_MS,
  QUIET_MS,
  RTT_MARGIN_MS,
  RTT_MARGIN_SHARE,
  STANDBY_PAIRS,
  SWITCH_MS,
} from './constants.ts';
import type { CandidatePair } from './pair.ts';

const KIND_RANK = { direct: 0, sfu: 1, relay: 2 } as const;

/** Better kind first, then clearly shorter round trip, then RFC 8445's priority. Negative when `a` is better. */
export function comparePairs(a: CandidatePair, b: CandidatePair): number {
  const byKind = KIND_RANK[a.kind] - KIND_RANK[b.kind];
  if (byKind !== 0) return byKind;
  const aRtt = a.rttMs ?? Number.POSITIVE_INFINITY;
  const bRtt = b.rttMs ?? Number.POSITIVE_INFINITY;
  const margin = Math.max(RTT_MARGIN_MS, RTT_MARGIN_SHARE * Math.min(aRtt, bRtt));
  if (Math.abs(aRtt - bRtt) > margin) return aRtt - bRtt;
  return b.priority - a.priority;
}

export function isBetterKind(a: CandidatePair, b: CandidatePair): boolean {
  return KIND_RANK[a.kind] < KIND_RANK[b.kind];
}

/** Pairs datagrams may be sent on, best first. */
export function validPairs(pairs: readonly CandidatePair[], nowMs: number): CandidatePair[] {
  return pairs.filter((pair) => pair.hasConsent(nowMs)).sort(comparePairs);
}

/** The pairs that are kept warm beside the active one. */
export function standbyPairs(
  valid: readonly CandidatePair[],
  active: CandidatePair | undefined,
): CandidatePair[] {
  return valid.filter((pair) => pair !== active).slice(0, STANDBY_PAIRS);
}

/** Whether nothing has come on the active pair for so long that another one, heard since, should take over. */
export function takeOver(
  active: CandidatePair,
  valid: readonly CandidatePair[],
  nowMs: number,
): CandidatePair | undefined {
  if (nowMs - active.receivedAtMs < SWITCH_MS) return undefined;
  return valid.find(
    (pair) =>
      pair !== active && pair.receivedAtMs > active.receivedAtMs && nowMs - pair.receivedAtMs < SWITCH_MS,
  );
}

/** Whether a pair is due a check: for consent, or because the active pair went quiet. */
export function isCheckDue(pair: CandidatePair, active: CandidatePair | undefined, nowMs: number): boolean {
  const { transaction } = pair;
  const lastSentAtMs =
    transaction && !transaction.isOver ? transaction.lastSentAtMs : Number.NEGATIVE_INFINITY;
  if (nowMs - lastSentAtMs < PROBE_PERIOD_MS) return false;
  if (nowMs >= pair.consentDueAtMs) return true;
  return (
    active !== undefined &&
    nowMs - active.receivedAtMs >= QUIET_MS &&
    nowMs - Math.max(pair.receivedAtMs, pair.ackedAtMs) >= QUIET_MS
  );
}

/** RFC 7675 §5.1: the next consent check, 0.8 to 1.2 periods from now. `chance` is 0 to 255. */
export function nextConsentAtMs(nowMs: number, chance: number): number {
  return nowMs + CONSENT_PERIOD_MS * (0.8 + (0.4 * chance) / 255);
}
