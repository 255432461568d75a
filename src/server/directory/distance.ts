/**
 * Distances without a guess by address: everybody measures round trips to the same landmarks, the STUN servers, and two machines
 * are no farther apart than by way of the landmark that suits both best, and no nearer than the landmark that tells them apart most.
 */
import { LOWER_BOUND_PART, MAX_LANDMARKS, SHORTEST_RTT_MS, UNKNOWN_RTT_MS } from './constants.ts';

/** Round trips to the landmarks in their order, ms; infinite where it is not known. */
export type Position = Float64Array;

/** What a client says of itself: names of servers, and round trips. */
type Claimed = readonly { readonly server: string; readonly rttMs: number }[];

/** The servers that count as landmarks: those that this server names to its clients. What else somebody names is nothing to others. */
export class LandmarkNames {
  readonly #index = new Map<string, number>();
  readonly count: number;

  /** @param servers as clients spell them, `host:port`; all names of one server together */
  constructor(servers: readonly (readonly string[])[]) {
    const used = servers.slice(0, MAX_LANDMARKS);
    this.count = used.length;
    used.forEach((names, index) => {
      for (const name of names) this.#index.set(name.toLowerCase(), index);
    });
  }

  position(claimed: Claimed): Position {
    const position = new Float64Array(this.count).fill(Number.POSITIVE_INFINITY);
    for (const { server, rttMs } of claimed) {
      const index = this.#index.get(server.toLowerCase());
      if (index !== undefined) position[index] = Math.max(rttMs, SHORTEST_RTT_MS);
    }
    return position;
  }
}

/**
 * The estimated round trip between two machines, ms. One that measured nothing, or nothing that the other did, is taken to be far;
 * what is known of the other one still counts, so that of two such nodes the better connected one is nearer.
 */
export function estimateRtt(one: Position, other: Position): number {
  let upper = Number.POSITIVE_INFINITY;
  let lower = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (let index = 0; index < one.length; index++) {
    const a = one[index] as number;
    const b = other[index] as number;
    if (b < nearest) nearest = b;
    const sum = a + b;
    if (sum < upper) upper = sum;
    const difference = a > b ? a - b : b - a;
    // Infinity - Infinity is NaN, and one side's infinity no bound: both fail this comparison.
    if (difference > lower && sum < Number.POSITIVE_INFINITY) lower = difference;
  }
  if (upper === Number.POSITIVE_INFINITY) return UNKNOWN_RTT_MS + Math.min(nearest, UNKNOWN_RTT_MS);
  return upper * (1 - LOWER_BOUND_PART) + lower * LOWER_BOUND_PART;
}

/** The landmark nearest to a position; -1 where there is none. */
export function nearestLandmark(position: Position): number {
  let best = -1;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let index = 0; index < position.length; index++) {
    const rttMs = position[index] as number;
    if (rttMs < bestMs) {
      best = index;
      bestMs = rttMs;
    }
  }
  return best;
}
