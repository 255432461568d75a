/**
 * How soon two people see each other: Byway and plain WebRTC, in turn, between the same two sites behind real NATs. docs/operating.md says
 * what is the same for both and what is not.
 */
import { parseArgs } from 'node:util';
import { findBrowser } from '../scripts/steps/browser.ts';
import { outputOfEnclosed } from '../test/natlab/enclosed-program.ts';
import { isKind, type Kind } from '../test/natlab/kinds.ts';
import { missingForLaboratory } from '../test/natlab/prerequisites.ts';
import { compileWire } from '../test/natlab/wire/wire.ts';
import { machine, median, round } from './measure.ts';
import type { PairInstructions } from './setup/pair.ts';
import type { PairResult, PairRounds, Rounds, Summary } from './setup/result.ts';

/** Pairs that both connect directly. */
const DEFAULT_PAIRS = [
  'open-open',
  'open-port',
  'fullcone-port',
  'fullcone-sym',
  'addr-port',
  'addr-sym',
  'open-cgn',
  'port-port',
  'lan-lan',
].join(',');
const DEFAULT_ROUNDS = '3';
/** One way between each site and the internet, ms. */
const DELAY_MS = 20;

/** Runs it and returns the result that `--json` prints. */
export async function benchSetup(say: (line: string) => void, args: readonly string[]) {
  const { pairs, rounds } = readFlags(args);
  const why = await missingForLaboratory({ turnserver: 'coturn' });
  if (why !== undefined) throw new Error(`the laboratory cannot be built here: ${why}.`);
  const wireProgram = await compileWire();
  const results: PairResult[] = [];
  for (const [a, b] of pairs) {
    const instructions: PairInstructions = {
      kinds: { a, b },
      delayMs: DELAY_MS,
      lossPercent: 0,
      wireProgram,
      browser: findBrowser() ?? '',
      // Plain WebRTC has one too.
      relay: 'udp',
      rounds,
    };
    const { byway, webrtc } = await outputOfEnclosed<PairRounds>('bench/setup/pair.ts', instructions);
    const [ours, theirs] = [summary(byway), summary(webrtc)];
    const ratio =
      ours.path === 'direct' && theirs.path === 'direct' && ours.firstVideoMs && theirs.firstVideoMs
        ? round(ours.firstVideoMs / theirs.firstVideoMs)
        : null;
    results.push({ a, b, byway: ours, webrtc: theirs, ratio });
    say(
      `${a} and ${b}: ours ${inWords(ours)}, plain WebRTC ${inWords(theirs)}${ratio === null ? '' : `, ratio ${ratio}`}`,
    );
  }
  const ratios = results.map(({ ratio }) => ratio).filter((ratio) => ratio !== null);
  return {
    pairs: results,
    medianRatio: ratios.length === 0 ? null : round(median(ratios)),
    rounds,
    delayMs: DELAY_MS,
    machine: machine(),
  };
}

/** The path of the last round stands for all. */
function summary({ first, rounds }: Rounds): Summary {
  const firstVideoRoundsMs = rounds.map(({ firstVideoMs }) => firstVideoMs);
  return {
    firstVideoMs: medianOf(firstVideoRoundsMs),
    connectedMs: medianOf(rounds.map(({ connectedMs }) => connectedMs)),
    path: rounds.at(-1)?.path ?? null,
    firstVideoRoundsMs,
    firstCallMs: first.firstVideoMs,
  };
}

/** A round that never got there is no number, and neither is a pair with one. */
function medianOf(values: readonly (number | null)[]): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length < values.length || numbers.length === 0 ? null : round(median(numbers), 0);
}

function inWords({ firstVideoMs, path }: Summary): string {
  return firstVideoMs === null ? 'never' : `${firstVideoMs} ms (${path})`;
}

function readFlags(args: readonly string[]): { pairs: readonly (readonly [Kind, Kind])[]; rounds: number } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: 'string', default: DEFAULT_PAIRS },
      rounds: { type: 'string', default: DEFAULT_ROUNDS },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1 on');
  return { pairs: values.pairs.split(',').map(pairOf), rounds };
}

function pairOf(text: string): readonly [Kind, Kind] {
  const [a = '', b = ''] = text.split('-');
  if (isKind(a) && isKind(b) && (a === 'lan') === (b === 'lan')) return [a, b];
  throw new Error(`--pairs must name pairs of kinds such as open-port: "${text}" is none`);
}
