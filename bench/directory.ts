/**
 * A choice of nodes among 100,000: by the directory's index, beside a plain look at every node, for the same pairs of callers in the
 * same run; and how good what was chosen really is, in a world whose every round trip is known.
 */
import { chooseNodes, type Wanted } from '../src/server/directory/choice.ts';
import type { DirectoryNode } from '../src/server/directory/node.ts';
import { NodeIndex } from '../src/server/directory/node-index.ts';
import type { Knowledge } from '../src/server/directory/reach.ts';
import { type Place, rttBetween, World } from '../src/server/testing/world.ts';
import { machine, median, round } from './measure.ts';

const NODES = 100_000;
/** Pairs chosen for by both; and as many more by the index alone, for its times. */
const PAIRS = 30;
const MORE_PAIRS = 1_000;
/** Choices before the clock starts, so that both run as compiled. */
const WARM_UP = 300;
const LANDMARKS = [1, 4, 8];
const KBIT_PER_S = 4_000;

export async function benchDirectory(say: (line: string) => void) {
  const byLandmarks = [];
  for (const landmarks of LANDMARKS) {
    say(`${NODES} nodes, ${landmarks} landmarks, ${PAIRS} pairs of callers`);
    byLandmarks.push(measure(landmarks));
  }
  return { nodes: NODES, pairs: PAIRS, choicesTimed: PAIRS + MORE_PAIRS, byLandmarks, machine: machine() };
}

function measure(landmarks: number) {
  const world = new World(1, landmarks);
  const index = new NodeIndex(landmarks);
  const nodes: DirectoryNode[] = [];
  const places = new Map<DirectoryNode, Place>();
  for (let number = 0; number < NODES; number++) {
    const place = world.place();
    const node = world.node(number, place, Math.floor(world.chance() * 3) as Knowledge);
    nodes.push(node);
    places.set(node, place);
    index.add(node);
  }
  const hasRoom = (node: DirectoryNode) => node.freeBridges(KBIT_PER_S, 0) >= 1;
  const results = {
    indexMs: [] as number[],
    scanMs: [] as number[],
    index: [] as number[],
    scan: [] as number[],
  };
  const best: number[] = [];
  for (let pair = 0; pair < WARM_UP + MORE_PAIRS; pair++) {
    const [one, other] = [world.position(world.place()), world.position(world.place())];
    const wanted: Wanted = { one, other, count: 3, kbitPerS: KBIT_PER_S, nowMs: 0, chance: world.chance };
    const knowledge = (pair % 3) as Knowledge;
    timed(pair < WARM_UP ? [] : results.indexMs, () =>
      chooseNodes(index.candidates(one, other, knowledge, world.chance, hasRoom), wanted),
    );
  }
  for (let pair = 0; pair < PAIRS; pair++) {
    const [a, b] = [world.place(), world.place()];
    const knowledge = (pair % 3) as Knowledge;
    const wanted: Wanted = {
      one: world.position(a),
      other: world.position(b),
      count: 3,
      kbitPerS: KBIT_PER_S,
      nowMs: 0,
      chance: world.chance,
    };
    const throughMs = (node: DirectoryNode | undefined) => {
      const place = node && places.get(node);
      return place ? rttBetween(a, place) + rttBetween(place, b) : Number.NaN;
    };
    const byIndex = timed(results.indexMs, () =>
      chooseNodes(index.candidates(wanted.one, wanted.other, knowledge, world.chance, hasRoom), wanted),
    );
    const byScan = timed(results.scanMs, () =>
      chooseNodes(
        nodes.filter((node) => node.needs <= knowledge && hasRoom(node)),
        wanted,
      ),
    );
    results.index.push(throughMs(byIndex[0]?.node));
    results.scan.push(throughMs(byScan[0]?.node));
    let bestMs = Number.POSITIVE_INFINITY;
    for (const node of nodes) if (node.needs <= knowledge) bestMs = Math.min(bestMs, throughMs(node));
    best.push(bestMs);
  }
  return {
    landmarks,
    choiceMs: { index: percentiles(results.indexMs), scan: percentiles(results.scanMs) },
    /** True round trip of the call through the first node chosen, beside the best there is, median of the pairs. */
    callRttMs: {
      index: round(median(results.index), 1),
      scan: round(median(results.scan), 1),
      best: round(median(best), 1),
    },
    timesTheBest: {
      index: round(median(results.index.map((ms, pair) => ms / (best[pair] ?? Number.NaN)))),
      scan: round(median(results.scan.map((ms, pair) => ms / (best[pair] ?? Number.NaN)))),
    },
  };
}

function timed<Result>(into: number[], work: () => Result): Result {
  const startedAt = performance.now();
  const result = work();
  into.push(performance.now() - startedAt);
  return result;
}

function percentiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: round(median(sorted), 3),
    p99: round(sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN, 3),
  };
}
