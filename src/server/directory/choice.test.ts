import { describe, expect, test } from 'vitest';
import { type Place, rttBetween, World } from '../testing/world.ts';
import { chooseNodes } from './choice.ts';
import { estimateRtt, LandmarkNames } from './distance.ts';
import type { DirectoryNode } from './node.ts';
import { NodeIndex } from './node-index.ts';
import type { Knowledge } from './reach.ts';

const KBIT_PER_S = 4_000;

/** A world with its nodes in an index. */
function inhabited({ landmarks = 6, nodes = 2_000, seed = 7 } = {}) {
  const world = new World(seed, landmarks);
  const index = new NodeIndex(landmarks);
  const places = new Map<DirectoryNode, Place>();
  for (let number = 0; number < nodes; number++) {
    const place = world.place();
    const node = world.node(number, place, (number % 3) as Knowledge);
    places.set(node, place);
    index.add(node);
  }
  const choose = (a: Place, b: Place, knowledge: Knowledge, count = 3) => {
    const [one, other] = [world.position(a), world.position(b)];
    const hasRoom = (node: DirectoryNode) => node.freeBridges(KBIT_PER_S, 0) >= 1;
    const candidates = index.candidates(one, other, knowledge, world.chance, hasRoom);
    return chooseNodes(candidates, {
      one,
      other,
      count,
      kbitPerS: KBIT_PER_S,
      nowMs: 0,
      chance: world.chance,
    });
  };
  const throughMs = (a: Place, b: Place, node: DirectoryNode | undefined) => {
    const place = node && places.get(node);
    return place ? rttBetween(a, place) + rttBetween(place, b) : Number.POSITIVE_INFINITY;
  };
  return { world, index, places, choose, throughMs };
}

describe('the choice among 2,000 nodes', () => {
  test('costs the call little against the best there is, and far less than chance', () => {
    const { world, places, choose, throughMs } = inhabited();
    const nodes = [...places.keys()];
    const excess: number[] = [];
    const byChance: number[] = [];

    for (let pair = 0; pair < 200; pair++) {
      const [a, b] = [world.place(), world.place()];
      const bestMs = Math.min(...nodes.map((node) => throughMs(a, b, node)));
      excess.push(throughMs(a, b, choose(a, b, 2)[0]?.node) - bestMs);
      byChance.push(throughMs(a, b, nodes[Math.floor(world.chance() * nodes.length)]) - bestMs);
    }

    const median = (values: number[]) => values.sort((x, y) => x - y)[values.length >> 1] ?? Number.NaN;
    expect(median(excess)).toBeLessThan(40);
    expect(median(excess)).toBeLessThan(median(byChance) / 3);
  });

  test('takes only nodes that let both in, each of another user', () => {
    const { world, choose } = inhabited();
    for (const knowledge of [0, 1, 2] as const) {
      for (let pair = 0; pair < 30; pair++) {
        const chosen = choose(world.place(), world.place(), knowledge, 4);

        expect(chosen).toHaveLength(4);
        expect(new Set(chosen.map(({ node }) => node.userId)).size).toBe(4);
        for (const { node } of chosen) expect(node.needs).toBeLessThanOrEqual(knowledge);
      }
    }
  });

  test('spreads the calls of one pair of cities over many nodes, none beyond its room', () => {
    const { world, choose } = inhabited();
    const [a, b] = [world.place(), world.place()];
    const calls = new Map<DirectoryNode, number>();

    for (let call = 0; call < 300; call++) {
      const [first] = choose(a, b, 2, 1);
      if (!first) throw new Error('nobody is left');
      first.node.reserve(0);
      calls.set(first.node, (calls.get(first.node) ?? 0) + 1);
    }

    expect(calls.size).toBeGreaterThan(30);
    for (const [node, count] of calls) expect(count).toBeLessThanOrEqual(node.offer.capacity.bridges);
  });

  test('gives a node that claims endless room no more than its part', () => {
    const { places, choose } = inhabited({ nodes: 200 });
    const [place] = places.values();
    if (!place) throw new Error('nobody there');
    const [liar, ...others] = choose(place, place, 2, 4).map(({ node }) => node);
    for (const node of [...places.keys()]) {
      const bridges = node === liar ? 4_096 : 16;
      node.update({ ...node.offer, capacity: { bridges, kbitPerS: bridges * KBIT_PER_S } }, node.position);
    }

    const chosen = Array.from({ length: 200 }, () => choose(place, place, 2, 1)[0]?.node);

    expect(others).toHaveLength(3);
    expect(chosen.filter((node) => node === liar).length).toBeLessThan(100);
  });

  test('puts a node with a bad name behind its equals', () => {
    const { world, choose } = inhabited({ nodes: 300 });
    const [a, b] = [world.place(), world.place()];
    const [best] = choose(a, b, 2, 1);
    if (!best) throw new Error('nobody there');
    best.node.demotionMs = () => 300;

    const later = Array.from({ length: 50 }, () => choose(a, b, 2, 1)[0]?.node);

    expect(later).not.toContain(best.node);
  });

  test('forgets who leaves', () => {
    const { world, index, places, choose } = inhabited({ nodes: 50 });
    for (const node of places.keys()) {
      index.remove(node);
      index.remove(node);
    }

    expect(index.size).toBe(0);
    expect(choose(world.place(), world.place(), 2)).toEqual([]);
  });
});

describe('estimates', () => {
  const names = new LandmarkNames([['a:1', 'also-a:1'], ['b:1']]);

  test('lie between what the landmarks allow', () => {
    const one = names.position([
      { server: 'A:1', rttMs: 10 },
      { server: 'b:1', rttMs: 80 },
    ]);
    const other = names.position([{ server: 'also-a:1', rttMs: 30 }]);

    const rttMs = estimateRtt(one, other);

    expect(rttMs).toBeGreaterThan(20);
    expect(rttMs).toBeLessThan(40);
  });

  test('of nothing in common are far, but finite', () => {
    const one = names.position([{ server: 'a:1', rttMs: 10 }]);
    const other = names.position([{ server: 'b:1', rttMs: 10 }]);
    const nowhere = names.position([{ server: 'unheard-of:1', rttMs: 0 }]);

    for (const rttMs of [estimateRtt(one, other), estimateRtt(nowhere, nowhere)]) {
      expect(rttMs).toBeGreaterThanOrEqual(150);
      expect(rttMs).toBeLessThanOrEqual(300);
    }
  });
});
