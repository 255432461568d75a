/**
 * What calls report of carriers, and what follows from it. A report counts only for a ticket that its user had, once; the reports
 * of one source, praise or complaint, weigh less and less; nobody praises their own node; and all of it fades.
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

/** A ticket whose report is awaited. */
interface Grant {
  /** Round trip that was promised, ms. */
  readonly rttMs: number;
  /** Whose standing the report counts for: where the node is, because a node that is renamed is the same node. */
  readonly place: string;
}

interface Standing {
  readonly good: Faded;
  readonly bad: Faded;
}

export class Reputation {
  /** By user and carrier. */
  readonly #grants = new Map<string, Grant[]>();
  #grantCount = 0;
  /** By place. */
  readonly #standings = new Map<string, Standing>();
  /** How much each source has said against nodes, and for them, lately. */
  readonly #complaints = new Map<string, Faded>();
  readonly #praises = new Map<string, Faded>();

  /** A user got a ticket for a carrier. */
  granted(userId: string, carrier: string, grant: Grant): void {
    const key = grantKey(userId, carrier);
    const waiting = this.#grants.get(key) ?? [];
    waiting.push(grant);
    this.#grants.delete(key); // Back in at the end, as the newest.
    this.#grants.set(key, waiting);
    this.#grantCount++;
    while (this.#grantCount > GRANT_MEMORY) this.#forgetOldestGrant();
  }

  /**
   * Takes a report in.
   *
   * @param source who counts as one: the address the reporter comes from, so that identities made for the purpose weigh as one
   * @param isOwner the reporter owns the node, or shares the source with its owner: praise of one's own says nothing
   * @returns what it was taken for; null when its user has no ticket for the carrier that is still unreported
   */
  report(
    userId: string,
    source: string,
    { carrier, outcome, legMs }: { carrier: string; outcome: CarrierOutcome; legMs?: number | undefined },
    nowMs: number,
    isOwner = false,
  ): CarrierOutcome | null {
    const grant = this.#redeem(grantKey(userId, carrier));
    if (!grant) return null;
    const { rttMs, place } = grant;
    const isSlow = outcome === 'worked' && legMs !== undefined && legMs > rttMs + SLOW_SLACK_MS;
    const judged = isSlow ? 'slow' : outcome;
    const standing = this.#standings.get(place) ?? { good: faded(nowMs), bad: faded(nowMs) };
    const badness = BADNESS[judged];
    if (badness > 0) add(standing.bad, badness * weightOf(this.#complaints, source, nowMs), nowMs);
    else if (!isOwner) add(standing.good, weightOf(this.#praises, source, nowMs), nowMs);
    remember(this.#standings, place, standing, REPUTATION_MEMORY);
    return judged;
  }

  /** What it costs a node in the ranking now, ms: 0 for one that nobody complains of. */
  demotionMs(place: string, nowMs: number): number {
    const standing = this.#standings.get(place);
    if (!standing) return 0;
    const bad = read(standing.bad, nowMs);
    return (MAX_DEMOTION_MS * bad) / (bad + read(standing.good, nowMs) + REPUTATION_PRIOR);
  }

  #redeem(key: string): Grant | undefined {
    const waiting = this.#grants.get(key);
    const grant = waiting?.shift();
    if (!grant) return undefined;
    this.#grantCount--;
    if (waiting?.length === 0) this.#grants.delete(key);
    return grant;
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

/**
 * The weight of one more report of a source, halved with each before it, whichever nodes they were about: somebody for whom nothing works
 * has a bad line of their own, and somebody with many calls has one opinion.
 */
function weightOf(said: Map<string, Faded>, source: string, nowMs: number): number {
  const before = said.get(source) ?? faded(nowMs);
  const weight = 2 ** -read(before, nowMs);
  add(before, 1, nowMs);
  remember(said, source, before, REPUTATION_MEMORY);
  return weight;
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
