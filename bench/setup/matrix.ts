/**
 * All pairs of kinds of site: ours beside plain WebRTC with coturn, in one run, each pair in a laboratory of its own. docs/natlab.md says
 * what is the same for both.
 */
import { outputOfEnclosed } from '../../test/natlab/enclosed-program.ts';
import { KINDS, type Kind } from '../../test/natlab/kinds.ts';
import type { Instructions } from '../../test/natlab/laboratory.ts';
import { missingForLaboratory } from '../../test/natlab/prerequisites.ts';
import { median, round } from '../measure.ts';
import type { PairInstructions } from './pair.ts';
import type { MeasuredSetup, PairRounds } from './result.ts';

export type Pair = readonly [Kind, Kind];

export interface MatrixLine {
  readonly a: Kind;
  readonly b: Kind;
  readonly byway: MeasuredSetup | null;
  readonly webrtc: MeasuredSetup | null;
  /** Our time to the first picture divided by theirs; null where either never had one. */
  readonly ratio: number | null;
  /** Why there is nothing to compare. */
  readonly failed?: string;
}

/** A relayed call is to have found something better by then, ms after its first picture. */
const SETTLE_MS = 5_000;
/** One call wakes what sleeps until a first call, one is measured. */
const ROUNDS = 1;

/** All there are, each once, the one kind that cannot be mixed last. */
export function allPairs(): readonly Pair[] {
  const mixed = KINDS.filter((kind) => kind !== 'lan');
  return [...mixed.flatMap((a, index) => mixed.slice(index).map((b): Pair => [a, b])), ['lan', 'lan']];
}

/**
 * Makes the calls of each pair, one pair after another, and tells of each as soon as it is known. A pair that fails is a line that says
 * so.
 */
export async function runMatrix(
  pairs: readonly Pair[],
  shared: Omit<Instructions, 'kinds'>,
  told: (line: MatrixLine) => void,
): Promise<readonly MatrixLine[]> {
  const why = await missingForLaboratory({ turnserver: 'coturn' });
  if (why !== undefined) throw new Error(`plain WebRTC cannot be measured here: ${why}.`);
  const lines: MatrixLine[] = [];
  for (const pair of pairs) {
    const line = await lineOf(pair, shared);
    lines.push(line);
    told(line);
  }
  return lines;
}

async function lineOf([a, b]: Pair, shared: Omit<Instructions, 'kinds'>): Promise<MatrixLine> {
  const instructions: PairInstructions = {
    ...shared,
    kinds: { a, b },
    rounds: ROUNDS,
    // Nothing is better for who has no UDP.
    settleMs: hasUdp(a) && hasUdp(b) ? SETTLE_MS : 0,
  };
  try {
    const { byway, webrtc } = await outputOfEnclosed<PairRounds>('bench/setup/pair.ts', instructions);
    const [ours, theirs] = [byway.rounds.at(-1) ?? null, webrtc.rounds.at(-1) ?? null];
    const ratio =
      ours?.firstVideoMs && theirs?.firstVideoMs ? round(ours.firstVideoMs / theirs.firstVideoMs) : null;
    return { a, b, byway: ours, webrtc: theirs, ratio };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    return { a, b, byway: null, webrtc: null, ratio: null, failed };
  }
}

/** For people: a line a pair. */
export function lineInWords({ a, b, byway, webrtc, ratio, failed }: MatrixLine): string {
  const pair = `${a} ${b}`.padEnd(20);
  if (failed !== undefined) return `${pair}failed: ${failed.split('\n', 2).join(' ')}`;
  const ours = `${carrierOf(byway).padEnd(16)}${time(byway)}`;
  const theirs = `${carrierOf(webrtc).padEnd(8)}${time(webrtc)}`;
  return `${pair}${ours}   plain WebRTC ${theirs}   ${ratio ?? '-'}`;
}

/** For people: what all lines come to. */
export function matrixInWords(lines: readonly MatrixLine[]): string {
  const ratios = lines.flatMap(({ ratio }) => ratio ?? []);
  const connected = lines.filter(({ byway }) => byway?.firstVideoMs != null).length;
  const relayed = lines.filter(
    ({ a, b, byway }) => hasUdp(a) && hasUdp(b) && byway?.settledPath === 'relay',
  ).length;
  const needless = lines.filter(
    ({ byway, webrtc }) => webrtc?.path === 'direct' && byway?.settledPath !== 'direct',
  ).length;
  return [
    `${connected} of ${lines.length} pairs connect; of those with UDP at both ends ${relayed} stay on the relay`,
    `${needless} are forwarded, or fail, that plain WebRTC connects directly`,
    `ratio to the first picture: median ${ratios.length === 0 ? '-' : round(median(ratios))}, worst ${ratios.length === 0 ? '-' : Math.max(...ratios)}`,
  ].join('\n');
}

function carrierOf(setup: MeasuredSetup | null): string {
  if (setup?.path == null) return 'nothing';
  const first = setup.node ? `sfu ${setup.node}` : setup.path;
  const later = setup.settledPath ?? setup.path;
  return later === setup.path ? first : `${first} > ${later}`;
}

function time(setup: MeasuredSetup | null): string {
  return setup?.firstVideoMs == null ? '  never' : `${String(setup.firstVideoMs).padStart(4)} ms`;
}

function hasUdp(kind: Kind): boolean {
  return kind !== 'udpblock' && kind !== 'tcp443';
}
