/** What the comparison measures and prints. */
import type { Kind } from '../../test/natlab/kinds.ts';

/** One call, by whichever of the two; times are ms since the caller began it. */
export interface MeasuredSetup {
  readonly connectedMs: number | null;
  /** Both sides had decoded a first picture of the other. */
  readonly firstVideoMs: number | null;
  readonly path: string | null;
}

/** All calls of one pair, in the order they were made. */
export interface PairRounds {
  readonly byway: readonly MeasuredSetup[];
  readonly webrtc: readonly MeasuredSetup[];
}

/** One of the two at one pair: medians over the rounds, and the rounds. */
export interface Summary extends MeasuredSetup {
  readonly firstVideoRoundsMs: readonly (number | null)[];
}

export interface PairResult {
  readonly a: Kind;
  readonly b: Kind;
  readonly byway: Summary;
  readonly webrtc: Summary;
  /** Ours divided by theirs; null unless both connected directly. */
  readonly ratio: number | null;
}
