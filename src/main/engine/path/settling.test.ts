/** The first seconds of a call that has two ways, as a machine with IPv4 and IPv6 has. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import { SETTLE_MS } from './constants.ts';
import { openTwoWayCall, remoteOf, type Side, talk } from './testing/sides.ts';
import { type Datagram, SimulatedWorld } from './testing/world.ts';

const CALLS = 40;

const changes = ({ timeline }: Side) => timeline.filter((type) => type === 'path-changed').length;

/** Makes calls until their paths have settled; gives how often each side of each changed its path, and where they ended. */
async function settledCalls(
  delayMs: (chance: () => number, sent: Datagram) => number,
): Promise<{ controlling: number; controlled: number; remote: string | undefined }[]> {
  const calls = [];
  for (let call = 0; call < CALLS; call++) {
    const world = new SimulatedWorld();
    const random = new SeededRandom(`call ${call}`);
    world.delayMs = (sent) => delayMs(() => random.fraction(), sent);
    const sides = await openTwoWayCall(world);
    const [a, b] = sides;
    await talk(world, sides, SETTLE_MS + 1_000);
    calls.push({ controlling: changes(a), controlled: changes(b), remote: remoteOf(a) });
    await Promise.all(sides.map(({ service }) => service.close()));
  }
  return calls;
}

describe('a call with two ways of like round trip', () => {
  it.each([
    [20, 0],
    [35, 0],
    [35, 5],
    [35, 10],
    [75, 20],
    [150, 20],
  ])(
    'stays on the one it began with (%i ms one way, up to %i ms more by chance)',
    async (tripMs, jitterMs) => {
      const calls = await settledCalls((chance) => tripMs + chance() * jitterMs);

      expect(calls.map(({ controlling }) => controlling)).toEqual(calls.map(() => 0));
      // The other side began with whichever answered it first, and follows once.
      expect(Math.max(...calls.map(({ controlled }) => controlled))).toBeLessThanOrEqual(1);
    },
  );
});

describe('a call whose second way is clearly shorter', () => {
  it('changes to it once', async () => {
    // The way that is tried first takes twice as long.
    const calls = await settledCalls((_chance, { from }) => (from.endsWith('.1') ? 80 : 40));

    expect(new Set(calls.map(({ remote }) => remote?.split(':')[0]))).toEqual(new Set(['192.0.3.2']));
    expect(Math.max(...calls.map(({ controlling }) => controlling))).toBeLessThanOrEqual(1);
  });
});
