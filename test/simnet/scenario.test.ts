/** Any two networks, any order of events: what always holds. `BYWAY_SIMNET_RUNS` tries more, `BYWAY_SIMNET_SEED` others. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  MAX_PEER_REFLEXIVE_PAIRS,
  MAX_PREDICTED_CHECKS,
  MAX_PREDICTION_ROUNDS,
  MAX_PREDICTIONS,
  MAX_SEARCH_CHECKS,
  MAX_SEARCH_SOCKETS,
  MAX_UNANSWERED_CHECKS,
  PEER_REFLEXIVE_ROOM_MS,
  PREDICTED_PORTS,
  SEARCH_CHECKS_PER_S,
} from '../../src/main/engine/path/constants.ts';
import { scenario } from './arbitraries.ts';
import { type Place, play } from './scenario.ts';

const RUNS = Number(process.env.BYWAY_SIMNET_RUNS ?? 150);
const SEED = process.env.BYWAY_SIMNET_SEED;
/** For a run of this many scenarios on a busy machine, ms. */
const LIMIT_MS = 60_000 + RUNS * 400;

/**
 * Most datagrams that a machine may send in a second: all checks that an address ever gets at once, for every peer-reflexive pair there is
 * room for, those that take their places, and some 16 told candidates; as many acks to the other side's, which does the same.
 * 2 × 28 × (16 + 1,000 / 100 + 16) = 2,352. A search adds its own rate, 200.
 */
const MAX_IN_ONE_SECOND =
  2 * MAX_UNANSWERED_CHECKS * (MAX_PEER_REFLEXIVE_PAIRS + 1_000 / PEER_REFLEXIVE_ROOM_MS + 16) +
  SEARCH_CHECKS_PER_S;

/** From the engine's own socket 28; from those that predictions and searches open, 3 x 3 x 4 + 512. */
const MAX_TO_ONE_ADDRESS =
  MAX_UNANSWERED_CHECKS + MAX_PREDICTIONS * MAX_PREDICTION_ROUNDS * MAX_PREDICTED_CHECKS + MAX_SEARCH_SOCKETS;

/**
 * To all such addresses together: those of some 16 candidates and of the peer-reflexive pairs, what is predicted, and what searches try.
 * 28 × 32 + 3 × 3 × 12 × 4 + 1,800 + 512 = 3,640.
 */
const MAX_TO_ALL_ADDRESSES =
  MAX_UNANSWERED_CHECKS * (MAX_PEER_REFLEXIVE_PAIRS + 16) +
  MAX_PREDICTIONS * MAX_PREDICTION_ROUNDS * PREDICTED_PORTS * MAX_PREDICTED_CHECKS +
  MAX_SEARCH_CHECKS +
  MAX_SEARCH_SOCKETS;

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
        for (const { mostToOneUnproved, toAllUnproved, mostInOneSecond } of [caller, callee]) {
          expect(mostToOneUnproved).toBeLessThanOrEqual(MAX_TO_ONE_ADDRESS);
          expect(toAllUnproved).toBeLessThanOrEqual(MAX_TO_ALL_ADDRESSES);
          expect(mostInOneSecond).toBeLessThanOrEqual(MAX_IN_ONE_SECOND);
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

it('engines behind NATs that make a new address of every answer do not keep each other busy', async () => {
  const line = { delayMs: 1 };
  const place: Place = {
    up: line,
    down: line,
    nat: {
      mapping: 'address-and-port-dependent',
      filtering: 'endpoint-independent',
      allocation: { kind: 'random' },
      hairpinning: false,
      lifetimeMs: 120_000,
    },
  };
  const { caller, callee } = await play({
    seed: 'echo',
    caller: place,
    callee: place,
    elsewhere: place,
    signalling: { delayMs: 20, jitterMs: 0 },
    happenings: [],
  });
  expect(caller.mostInOneSecond).toBeLessThan(MAX_IN_ONE_SECOND);
  expect(callee.mostInOneSecond).toBeLessThan(MAX_IN_ONE_SECOND);
});

it.each([{ kind: 'sequential', stride: 1 }, { kind: 'random' }] as const)(
  'a NAT that lets everybody in but answers from other ports ($kind) is found by one that filters',
  async (allocation) => {
    const line = { delayMs: 20 };
    const filters: Place = {
      up: line,
      down: line,
      nat: {
        mapping: 'endpoint-independent',
        filtering: 'address-and-port-dependent',
        allocation: { kind: 'preserving' },
        hairpinning: false,
        lifetimeMs: 120_000,
      },
    };
    const letsIn: Place = {
      up: line,
      down: line,
      nat: {
        mapping: 'address-and-port-dependent',
        filtering: 'endpoint-independent',
        allocation,
        hairpinning: false,
        lifetimeMs: 120_000,
      },
    };
    const { caller, callee } = await play({
      seed: 'lets in',
      caller: filters,
      callee: letsIn,
      elsewhere: filters,
      signalling: { delayMs: 45, jitterMs: 5 },
      happenings: [],
    });
    expect([caller.state, callee.state]).toEqual(['open', 'open']);
  },
);
