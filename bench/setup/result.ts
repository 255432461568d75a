/** What the comparison measures and prints. */
import type { Kind } from '../../test/natlab/kinds.ts';

/** One call, by whichever of the two; times are ms since the caller began it. */
export interface MeasuredSetup {
  readonly connectedMs: number | null;
  /** Both sides had decoded a first picture of the other. */
  readonly firstVideoMs: number | null;
  readonly path: string | null;
  /** Whose node carries it. */
  readonly node?: string | null;
  /** The path some seconds later. */
  readonly settledPath?: string | null;
}

/** All calls by one of the two, in the order they were made. */
export interface Rounds {
  /** The very first, which finds browsers and engines asleep. */
  readonly first: MeasuredSetup;
  readonly rounds: readonly MeasuredSetup[];
}

export interface PairRounds {
  readonly byway: Rounds;
  readonly webrtc: Rounds;
}

/** One of the two at one pair: medians over the rounds, and the rounds. */
export interface Summary extends MeasuredSetup {
  readonly firstVideoRoundsMs: readonly (number | null)[];
  /** The call before the first round, which is not counted. */
  readonly firstCallMs: number | null;
}

export interface PairResult {
  readonly a: Kind;
  readonly b: Kind;
  readonly byway: Summary;
  readonly webrtc: Summary;
  /** Ours divided by theirs; null unless both connected directly. */
  readonly ratio: number | null;
}
