/** The choice among nodes for one call: by estimated round trips and reputation, spread among those that are about as good. */
import { FILTER_PENALTY_MS, MAX_WEIGHT, NEAR_EQUAL_MS, NEAR_EQUAL_PART } from './constants.ts';
import { estimateRtt, type Position } from './distance.ts';
import type { DirectoryNode } from './node.ts';

export interface Chosen {
  readonly node: DirectoryNode;
  /** Estimated round trip of the call through it, ms. */
  readonly rttMs: number;
}

interface Ranked extends Chosen {
  readonly costMs: number;
}

export interface Wanted {
  readonly one: Position;
  readonly other: Position;
  readonly count: number;
  /** What a bridge may need. */
  readonly kbitPerS: number;
  readonly nowMs: number;
  /** From 0 to below 1. */
  readonly chance: () => number;
}

/** The best of the candidates, of different users, best first; fewer where there are not as many. */
export function chooseNodes(candidates: readonly DirectoryNode[], wanted: Wanted): Chosen[] {
  const { one, other, count, nowMs } = wanted;
  const ranked: Ranked[] = candidates.map((node) => {
    const rttMs = estimateRtt(one, node.position) + estimateRtt(other, node.position);
    const costMs = rttMs + (FILTER_PENALTY_MS[node.needs] ?? 0) + node.demotionMs(nowMs);
    return { node, rttMs, costMs };
  });
  ranked.sort((a, b) => a.costMs - b.costMs);
  const chosen: Ranked[] = [];
  let rest = ranked;
  while (chosen.length < count && rest.length > 0) {
    const next = pickAmongEquals(rest, wanted);
    chosen.push(next);
    // A user's machines tend to fail together.
    rest = rest.filter(({ node }) => node.userId !== next.node.userId);
  }
  return chosen.sort((a, b) => a.costMs - b.costMs);
}

/** By chance, weighted by what is free, among those that cost about as much as the best. @param ranked cheapest first, not empty */
function pickAmongEquals(ranked: readonly Ranked[], { kbitPerS, nowMs, chance }: Wanted): Ranked {
  const best = ranked[0] as Ranked;
  const limitMs = best.costMs * (1 + NEAR_EQUAL_PART) + NEAR_EQUAL_MS;
  let equals = ranked.findIndex(({ costMs }) => costMs > limitMs);
  if (equals < 0) equals = ranked.length;
  const weights = ranked
    .slice(0, equals)
    .map(({ node }) => Math.min(MAX_WEIGHT, node.freeBridges(kbitPerS, nowMs)));
  let left = chance() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return ranked[index] ?? best;
  }
  return best;
}
