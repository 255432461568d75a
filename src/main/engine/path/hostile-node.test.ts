/** A node that does not do what it should: the call leaves it for what stands by, and the world is told; an honest one is kept. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import type { Misdeed } from './audit/judge.ts';
import { SimulatedCarrier } from './testing/carrier.ts';
import { call, type Side } from './testing/sides.ts';
import { SimulatedWorld } from './testing/world.ts';

const A = '192.0.2.1';
const B = '192.0.2.2';
const NODE = '203.0.113.7';
/** Five simulated minutes of a call are 45,000 datagrams: some seconds of a loaded machine, ms. */
const LONG_MS = 90_000;
/** One way between two machines, ms. */
const TRIP_MS = 15;
/** Header of a leg's frame, then that of the path's: what comes after them begins here, bytes. */
const INNER = 8;

type Meddled = ReturnType<SimulatedCarrier['meddle']>;

const kindOf = ({ session }: Side) => session.report().active?.kind;

/** The datagrams of a call with a picture: each its own, of no regular length. */
async function talk(world: SimulatedWorld, sides: Side[], durationMs: number, until = () => false) {
  const random = new SeededRandom('talk');
  for (let passedMs = 0; passedMs < durationMs && !until(); passedMs += 20) {
    for (const { session } of sides) {
      session.media.send(random.bytes(80 + (random.bytes(1)[0] ?? 0)));
      if (passedMs % 40 === 0) session.media.send(random.bytes(1_100));
    }
    await world.clock.run(20);
  }
}

async function carriedCall(world: SimulatedWorld) {
  world.dropped = ({ from, to }) => [A, B].includes(from) && [A, B].includes(to);
  world.delayMs = () => TRIP_MS;
  const [a, b] = await call(world, [A], [B]);
  const node = new SimulatedCarrier(world, NODE, 'sfu');
  await node.join(a, b);
  await world.clock.until(() => kindOf(a) === 'sfu' && kindOf(b) === 'sfu');
  const condemned: Misdeed[] = [];
  for (const { session } of [a, b]) session.on('condemned', (_leg, misdeed) => condemned.push(misdeed));
  return { a, b, node, condemned };
}

/** Everything but the checks of the two sides: what a node that wants to be kept would spare. */
const isMedia = (datagram: Buffer) => (datagram[4] ?? 0) >= 64;

const as = (datagram: Buffer, afterMs = 0): Meddled[number] => ({ datagram, afterMs });

function altered(datagram: Buffer): Buffer {
  const copy = Buffer.from(datagram);
  copy.writeUInt8(copy.readUInt8(INNER + 40) ^ 0x55, INNER + 40);
  return copy;
}

/** What a node does to what it is to forward, with chance to do it by. */
const MISDEEDS: [string, Misdeed, (chance: () => number) => (datagram: Buffer) => Meddled][] = [
  ['drops everything', 'slow', () => () => []],
  ['drops half of it', 'slow', (chance) => (it) => (chance() < 0.5 ? [] : [as(it)])],
  ['drops all but checks', 'slow', () => (it) => (isMedia(it) ? [] : [as(it)])],
  ['drops half but of checks', 'slow', (chance) => (it) => (isMedia(it) && chance() < 0.5 ? [] : [as(it)])],
  ['delays it by 400 ms', 'slow', () => (it) => [as(it, 400)]],
  ['delays all but checks by 400 ms', 'slow', () => (it) => [as(it, isMedia(it) ? 400 : 0)]],
  ['sends everything twice', 'slow', () => (it) => [as(it), as(Buffer.from(it), 5)]],
  ['shuffles it', 'slow', (chance) => (it) => [as(it, isMedia(it) ? Math.floor(chance() * 8) * 25 : 0)]],
  // Of that the checks fail as well: it is not known what came instead of what.
  ['alters it', 'slow', () => (it) => [as(altered(it))]],
  ['alters all but checks', 'altered', () => (it) => [as(isMedia(it) ? altered(it) : it)]],
  [
    'replays what it forwarded a while ago',
    'slow',
    () => {
      const kept: Buffer[] = [];
      return (it) => {
        kept.push(Buffer.from(it));
        const old = kept.at(-20);
        return old ? [as(it), as(old)] : [as(it)];
      };
    },
  ],
];

describe('a node that', () => {
  it.each(MISDEEDS)(
    '%s is left within 2 s for the relay that stands by',
    async (_does, misdeed, meddling) => {
      const leftMs: number[] = [];
      for (let seed = 0; seed < 5; seed++) {
        const world = new SimulatedWorld();
        const { a, b, node, condemned } = await carriedCall(world);
        await new SimulatedCarrier(world, '203.0.113.8', 'relay').join(a, b);
        await talk(world, [a, b], 6_000 + seed * 37);
        expect([kindOf(a), kindOf(b)]).toEqual(['sfu', 'sfu']);
        const random = new SeededRandom(`meddling ${seed}`);
        node.meddle = meddling(() => random.fraction());
        const sinceMs = world.clock.now();
        const isLeft = () => kindOf(a) === 'relay' && kindOf(b) === 'relay';
        await talk(world, [a, b], 5_000, isLeft);
        leftMs.push(world.clock.now() - sinceMs);
        // Nor is it gone back to.
        await talk(world, [a, b], 10_000);
        expect([kindOf(a), kindOf(b)]).toEqual(['relay', 'relay']);
        if (condemned[0]) expect(condemned[0]).toBe(misdeed);
        await Promise.all([a.service.close(), b.service.close()]);
      }
      expect(Math.max(...leftMs)).toBeLessThanOrEqual(2_000);
    },
  );

  it('does badly is kept while there is nothing else, and left as soon as there is', async () => {
    const world = new SimulatedWorld();
    const { a, b, node, condemned } = await carriedCall(world);
    await talk(world, [a, b], 2_000);
    const random = new SeededRandom('half');
    node.meddle = (it) => (random.fraction() < 0.5 ? [] : [as(it)]);
    await talk(world, [a, b], 4_000);
    expect(condemned.length).toBeGreaterThan(0);
    expect([kindOf(a), kindOf(b)]).toEqual(['sfu', 'sfu']);
    const relay = new SimulatedCarrier(world, '203.0.113.8', 'relay');
    const [leg] = await relay.join(a, b);
    await talk(world, [a, b], 1_000);
    expect(leg.state).toBe('joined');
    expect([kindOf(a), kindOf(b)]).toEqual(['relay', 'relay']);
  });

  it.each([
    ['loses and delays nothing', 0, 0],
    ['loses 10 % each way', 10, 0],
    ['loses 10 % each way, with 40 ms of jitter', 10, 40],
  ])(
    'is honest is not left in five minutes when the network %s',
    { timeout: LONG_MS },
    async (_name, lossPercent, jitterMs) => {
      const world = new SimulatedWorld();
      const { a, b, node, condemned } = await carriedCall(world);
      await new SimulatedCarrier(world, '203.0.113.8', 'relay').join(a, b);
      await talk(world, [a, b], 6_000);
      const random = new SeededRandom('honest');
      node.meddle = (it) =>
        random.fraction() * 100 < lossPercent ? [] : [as(it, Math.floor(random.fraction() * jitterMs))];
      await talk(world, [a, b], 300_000);
      expect(condemned).toEqual([]);
      expect([kindOf(a), kindOf(b)]).toEqual(['sfu', 'sfu']);
    },
  );
});
