/**
 * What calls report of carriers, and what follows from it. A report counts only for a ticket that its user had, once; the reports
 * of one user against many nodes weigh less and less, and all of it fades.
 */
import type { CarrierOutcome } from '../../shared/rendezvous.ts';
import {
  GRANT_MEMORY,
  MAX_DEMOTION_MS,
  REPUTATION_HALF_LIFE_MS,
  REPUTATION_MEMORY,
  REPUTATION_PRIOR,
  SLOW_SLACK_MS,
} from './constants.ts';

/** How bad an outcome is. One that was altered on the way cannot be an accident. */
const BADNESS: Record<CarrierOutcome, number> = { worked: 0, failed: 1, slow: 0.5, dropped: 1, altered: 3 };

interface Faded {
  value: number;
  atMs: number;
}

interface Standing {
  readonly good: Faded;
  readonly bad: Faded;
}

export class Reputation {
  /** Estimated round trips of tickets that wait for their report, by user and carrier. */
  readonly #grants = new Map<string, number[]>();
  #grantCount = 0;
  readonly #standings = new Map<string, Standing>();
  /** What each user has spoken against others lately. */
  readonly #complaints = new Map<string, Faded>();

  /** A user got a ticket for a carrier. @param rttMs what was promised */
  granted(userId: string, carrier: string, rttMs: number): void {
    const key = grantKey(userId, carrier);
    const waiting = this.#grants.get(key) ?? [];
    waiting.push(rttMs);
    this.#grants.delete(key); // Back in at the end, as the newest.
    this.#grants.set(key, waiting);
    this.#grantCount++;
    while (this.#grantCount > GRANT_MEMORY) this.#forgetOldestGrant();
  }

  /**
   * Takes a report in.
   *
   * @param source who counts as one: the address the reporter comes from, so that identities made for the purpose weigh as one
   * @returns what it was taken for; null when its user has no ticket for the carrier that is still unreported
   */
  report(
    userId: string,
    source: string,
    { carrier, outcome, legMs }: { carrier: string; outcome: CarrierOutcome; legMs?: number | undefined },
    nowMs: number,
  ): CarrierOutcome | null {
    const promisedMs = this.#redeem(grantKey(userId, carrier));
    if (promisedMs === undefined) return null;
    const isSlow = outcome === 'worked' && legMs !== undefined && legMs > promisedMs + SLOW_SLACK_MS;
    const judged = isSlow ? 'slow' : outcome;
    const standing = this.#standings.get(carrier) ?? { good: faded(nowMs), bad: faded(nowMs) };
    const badness = BADNESS[judged];
    if (badness === 0) add(standing.good, 1, nowMs);
    else add(standing.bad, badness * this.#weightOfComplaint(source, nowMs), nowMs);
    remember(this.#standings, carrier, standing, REPUTATION_MEMORY);
    return judged;
  }

  /** What it costs a node in the ranking now, ms: 0 for one that nobody complains of. */
  demotionMs(carrier: string, nowMs: number): number {
    const standing = this.#standings.get(carrier);
    if (!standing) return 0;
    const bad = read(standing.bad, nowMs);
    return (MAX_DEMOTION_MS * bad) / (bad + read(standing.good, nowMs) + REPUTATION_PRIOR);
  }

  /** Halved with each complaint of the same source: somebody for whom nothing works has a bad line of their own. */
  #weightOfComplaint(source: string, nowMs: number): number {
    const complaints = this.#complaints.get(source) ?? faded(nowMs);
    const weight = 2 ** -read(complaints, nowMs);
    add(complaints, 1, nowMs);
    remember(this.#complaints, source, complaints, REPUTATION_MEMORY);
    return weight;
  }

  #redeem(key: string): number | undefined {
    const waiting = this.#grants.get(key);
    const promisedMs = waiting?.shift();
    if (promisedMs === undefined) return undefined;
    this.#grantCount--;
    if (waiting?.length === 0) this.#grants.delete(key);
    return promisedMs;
  }

  #forgetOldestGrant(): void {
    for (const [key, waiting] of this.#grants) {
      this.#grantCount -= waiting.length;
      this.#grants.delete(key);
      return;
    }
  }
}

function grantKey(userId: string, carrier: string): string {
  return `${userId} ${carrier}`;
}

function faded(nowMs: number): Faded {
  return { value: 0, atMs: nowMs };
}

function read({ value, atMs }: Faded, nowMs: number): number {
  return value * 2 ** (-(nowMs - atMs) / REPUTATION_HALF_LIFE_MS);
}

function add(into: Faded, amount: number, nowMs: number): void {
  into.value = read(into, nowMs) + amount;
  into.atMs = nowMs;
}

/** Puts it in as the newest; the oldest goes when there are too many. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
