/** Is a path still alive? What is to be asked, and which pair should carry datagrams, decided from times alone. */
import {
  CONSENT_PERIOD_MS,
  IDLE_QUIET_MS,
  IDLE_SWITCH_MS,
  PROBE_PERIOD_MS,
  QUIET_MS,
  RTT_MARGIN_MS,
  RTT_MARGIN_SHARE,
  STANDBY_PAIRS,
  TYPE_PREFERENCE,
} from './constants.ts';
import type { Hearing } from './hearing.ts';
import type { CandidatePair } from './pair.ts';

const KIND_RANK = { direct: 0, sfu: 1, relay: 2 } as const;

/** What stays first, then the better kind, then clearly shorter round trip, then RFC 8445's priority. Negative when `a` is better. */
export function comparePairs(a: CandidatePair, b: CandidatePair): number {
  if (a.isLeaving !== b.isLeaving) return a.isLeaving ? 1 : -1;
  const byKind = KIND_RANK[a.kind] - KIND_RANK[b.kind];
  if (byKind !== 0) return byKind;
  return byRoundTrip(a, b) || b.priority - a.priority;
}

/**
 * Whether a pair is worth leaving another one of its kind for: its round trip is clearly shorter, or like it and its address nearer (one of
 * the machine itself, rather than of a NAT before it). As long as one of them was not measured beyond doubt, nobody knows. That two
 * addresses of one type have an order is no reason: it changes nothing for who talks, and a change costs more.
 */
export function isClearlyBetter(a: CandidatePair, b: CandidatePair): boolean {
  if (a.kind !== b.kind || a.shortestRttMs === undefined || b.shortestRttMs === undefined) return false;
  const byLength = byRoundTrip(a, b);
  if (byLength !== 0) return byLength < 0;
  return TYPE_PREFERENCE[a.remote.type] > TYPE_PREFERENCE[b.remote.type];
}

/** Negative when the round trip of `a` is clearly shorter, 0 when they are alike or one of them is not known. */
function byRoundTrip({ shortestRttMs: a }: CandidatePair, { shortestRttMs: b }: CandidatePair): number {
  if (a === undefined || b === undefined) return 0;
  const margin = Math.max(RTT_MARGIN_MS, RTT_MARGIN_SHARE * Math.min(a, b));
  return Math.abs(a - b) > margin ? a - b : 0;
}

export function isBetterKind(a: CandidatePair, b: CandidatePair): boolean {
  return KIND_RANK[a.kind] < KIND_RANK[b.kind];
}

/** Pairs datagrams may be sent on, best first. */
export function validPairs(pairs: readonly CandidatePair[], nowMs: number): CandidatePair[] {
  return pairs.filter((pair) => pair.hasConsent(nowMs)).sort(comparePairs);
}

/**
 * The pairs that are kept warm beside the active one: the best ones, and the best of each other kind, which shares the fewest wires with
 * the active one.
 */
export function standbyPairs(
  valid: readonly CandidatePair[],
  active: CandidatePair | undefined,
): CandidatePair[] {
  const others = valid.filter((pair) => pair !== active);
  return others.filter(
    (pair, index) =>
      index < STANDBY_PAIRS ||
      (pair.kind !== active?.kind && others.findIndex(({ kind }) => kind === pair.kind) === index),
  );
}

/**
 * The pair that should take over because the active one is dead: nothing came on it, and something came on another one since. Where the
 * other side already sends on that one, it has noticed first, and there is nothing left to wait for. One that was left for what it does is
 * not gone back to: the other side sends on it until it has followed us.
 */
export function takeOver(
  active: CandidatePair,
  valid: readonly CandidatePair[],
  {
    isFlowing,
    isPausing,
    silenceMs,
    patienceMs,
  }: Readonly<Pick<Hearing, 'isFlowing' | 'isPausing' | 'silenceMs' | 'patienceMs'>>,
  nowMs: number,
): CandidatePair | undefined {
  const mayTakeOver = (pair: CandidatePair) => pair !== active && !pair.isLeaving;
  if (!isFlowing) {
    if (nowMs - active.receivedAtMs < IDLE_SWITCH_MS) return undefined;
    return valid.find(
      (pair) =>
        mayTakeOver(pair) &&
        pair.receivedAtMs > active.receivedAtMs &&
        nowMs - pair.receivedAtMs < IDLE_SWITCH_MS,
    );
  }
  if (!isPausing) return undefined;
  const followed = valid.find((pair) => mayTakeOver(pair) && pair.datagramAtMs > active.heardAtMs);
  if (followed) return followed;
  if (silenceMs < patienceMs) return undefined;
  return valid.find((pair) => mayTakeOver(pair) && pair.ackedAtMs - active.heardAtMs >= QUIET_MS);
}

/** Whether a pair is due a check: for consent, or because nothing came on the active pair for long. */
export function isCheckDue(pair: CandidatePair, active: CandidatePair | undefined, nowMs: number): boolean {
  const { transaction } = pair;
  const lastSentAtMs =
    transaction && !transaction.isOver ? transaction.lastSentAtMs : Number.NEGATIVE_INFINITY;
  if (nowMs - lastSentAtMs < PROBE_PERIOD_MS) return false;
  if (nowMs >= pair.consentDueAtMs) return true;
  return (
    active !== undefined &&
    nowMs - active.receivedAtMs >= IDLE_QUIET_MS &&
    nowMs - Math.max(pair.receivedAtMs, pair.ackedAtMs) >= IDLE_QUIET_MS
  );
}

/** RFC 7675 §5.1: the next consent check, 0.8 to 1.2 periods from now. `chance` is 0 to 255. */
export function nextConsentAtMs(nowMs: number, chance: number): number {
  return nowMs + CONSENT_PERIOD_MS * (0.8 + (0.4 * chance) / 255);
}
