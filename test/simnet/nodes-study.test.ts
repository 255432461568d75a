/** Users who lend their lines, on the simulated internet: a small version of what `npm run simnet -- --nodes` runs. */
import { expect, it } from 'vitest';
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { Kind } from './kinds.ts';
import { type NodesStudyOptions, nodesStudy } from './nodes-study.ts';

/** Most of them are where calls need somebody: every third pair has no way of its own, and three sites have no UDP. */
const HARD: readonly Kind[] = ['sym', 'sym', 'sym', 'symseq', 'udpblock', 'port', 'open', 'fullcone', 'addr'];

const SMALL: NodesStudyOptions = {
  seed: 'two',
  users: 50,
  calls: 12,
  durationMs: 25_000,
  talkMs: 8_000,
  drawKind: (random: SeededRandom) => HARD[random.integer(HARD.length)] ?? 'sym',
  stays: { lendingMs: 15_000, pauseMs: 5_000, killedShare: 0.5 },
  onProgress: () => undefined,
};

it('every call connects and is heard to its end, while nodes come, go and are killed under calls', async () => {
  const study = await nodesStudy(SMALL);
  expect(study.lost).toEqual([]);
  expect(study.mostAtATime).toBe(SMALL.calls);
  expect(study.connected).toBe(study.calls);
  // It was tested what is said: nodes and the relay carried, and nodes went from under calls.
  expect(study.timeShare.sfu).toBeGreaterThan(0.1);
  expect(study.timeShare.relay).toBeGreaterThan(0);
  expect(study.losses.killed.calls + study.losses.killedEarly.calls).toBeGreaterThan(0);
  expect(study.losses.left.calls).toBeGreaterThan(0);
  // Nobody gives more than they said, and everything ends.
  expect(study.nodes.usedShare.max).toBeLessThanOrEqual(1);
  expect([study.timersLeft, study.socketsLeft, study.bridgesLeft]).toEqual([0, 0, 0]);
}, 60_000);

it('the same seed gives the same study', async () => {
  const few = { ...SMALL, users: 12, calls: 3, durationMs: 4_000, talkMs: 3_000 };
  const study = await nodesStudy(few);
  expect(await nodesStudy(few)).toEqual(study);
  expect(await nodesStudy({ ...few, seed: 'other' })).not.toEqual({ ...study, seed: 'other' });
}, 60_000);
