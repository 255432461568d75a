/** Any two networks, any order of events: what always holds. `BYWAY_SIMNET_RUNS` tries more, `BYWAY_SIMNET_SEED` others. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_UNANSWERED_CHECKS } from '../../src/main/engine/path/constants.ts';
import { scenario } from './arbitraries.ts';
import { play } from './scenario.ts';

const RUNS = Number(process.env.BYWAY_SIMNET_RUNS ?? 150);
const SEED = process.env.BYWAY_SIMNET_SEED;
/** For a run of this many scenarios on a busy machine, ms. */
const LIMIT_MS = 60_000 + RUNS * 400;

const parameters = { numRuns: RUNS, ...(SEED !== undefined && { seed: Number(SEED) }) };

it(
  'both sides agree on the path or on the failure, nobody is flooded, and everything ends',
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (story) => {
        const { caller, callee, timersLeft, socketsLeft } = await play(story);
        const isOpen = (state: string) => state === 'open';
        expect(isOpen(caller.state), `${caller.state} and ${callee.state}`).toBe(isOpen(callee.state));
        if (isOpen(caller.state)) {
          // One pair carries both ways: each hears the other from where it sends to.
          expect([caller.hears, callee.hears]).toEqual([caller.sendsTo, callee.sendsTo]);
        }
        for (const { mostToOneUnproved } of [caller, callee]) {
          expect(mostToOneUnproved).toBeLessThanOrEqual(MAX_UNANSWERED_CHECKS);
        }
        expect([timersLeft, socketsLeft]).toEqual([0, 0]);
      }),
      parameters,
    );
  },
  LIMIT_MS,
);

it('the same seed gives the same traffic, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (story) => {
      const [first, second] = [await play(story), await play(story)];
      expect(second).toEqual(first);
      expect((await play({ ...story, seed: `${story.seed}+` })).digest).not.toBe(first.digest);
    }),
    { numRuns: 10 },
  );
});
