/** The death of a path in mid-call: how soon it is noticed, and how seldom something else is taken for it. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import { DEATHS_REMEMBERED_MS, INTERFACE_POLL_MS, RETURN_MS, SWITCH_MS } from './constants.ts';
import { Hearing } from './hearing.ts';
import { CandidatePair } from './pair.ts';
import { SimulatedCarrier } from './testing/carrier.ts';
import { openCall, openTwoWayCall, remoteOf, type Side, state, talk } from './testing/sides.ts';
import { type Datagram, SimulatedWorld } from './testing/world.ts';

/** One way in these worlds, ms. */
const TRIP_MS = 20;

const changes = ({ timeline }: Side) => timeline.filter((type) => type === 'path-changed').length;

const kindOf = ({ session }: Side) => session.report().active?.kind;

/** The longest time without media since a moment, ms. */
function longestGapMs({ receivedAtMs }: Side, sinceMs: number): number {
  const first = receivedAtMs.findLastIndex((at) => at <= sinceMs);
  const times = receivedAtMs.slice(Math.max(0, first));
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
}

function chances(seed: string): () => number {
  const random = new SeededRandom(seed);
  return () => random.fraction();
}

/** The addresses that the call between two two-homed machines leaves and arrives at now. */
function addressesOf(a: Side, b: Side): Set<string | undefined> {
  return new Set([remoteOf(a), remoteOf(b)].map((end) => end?.split(':')[0]));
}

describe('a call whose pair dies while another one stands by', () => {
  it.each([
    ['both ways', (dead: Set<unknown>) => (sent: Datagram) => dead.has(sent.from) || dead.has(sent.to)],
    [
      'towards the controlled side',
      (dead: Set<unknown>) => (sent: Datagram) => dead.has(sent.to) && sent.to.startsWith('192.0.3.'),
    ],
    [
      'towards the controlling side',
      (dead: Set<unknown>) => (sent: Datagram) => dead.has(sent.to) && sent.to.startsWith('192.0.2.'),
    ],
  ])('goes on over it within 300 ms and a round trip (%s)', async (way, dropsOn) => {
    const gaps: number[] = [];
    // At whatever moment between two pulses and two packets it dies.
    for (let shiftMs = 0; shiftMs < 40; shiftMs += 1.7) {
      const world = new SimulatedWorld();
      world.delayMs = () => TRIP_MS;
      const [a, b] = await openTwoWayCall(world);
      await talk(world, [a, b], 5_000);
      await world.clock.run(shiftMs % 20);
      await talk(world, [a, b], 1_000 + shiftMs);
      const diedAtMs = world.clock.now();
      const before = [changes(a), changes(b)];
      world.dropped = dropsOn(addressesOf(a, b));
      await talk(world, [a, b], 1_500);
      gaps.push(longestGapMs(a, diedAtMs), longestGapMs(b, diedAtMs));
      expect([state(a), state(b)]).toEqual(['open', 'open']);
      expect([changes(a), changes(b)]).toEqual(before.map((count) => count + 1));
      await Promise.all([a.service.close(), b.service.close()]);
    }
    const noticedMs = 300 + 2 * TRIP_MS;
    // Who hears nothing notices first; who still hears learns of it by hearing the other side somewhere else.
    const limitMs = way === 'both ways' ? noticedMs : noticedMs + 200;
    expect(Math.max(...gaps)).toBeLessThan(limitMs);
  });

  it('goes back to a better one that lives again, and more and more slowly to one that dies again and again', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await new SimulatedCarrier(world, '203.0.113.7').join(a, b);
    await talk(world, [a, b], 5_000);
    expect(kindOf(a)).toBe('direct');
    const ends = ['192.0.2.1', '192.0.2.2'];
    let dead = false;
    world.dropped = ({ from, to }) => dead && ends.includes(from) && ends.includes(to);
    for (let round = 0; round < 60; round++) {
      dead = round % 2 === 0;
      await talk(world, [a, b], 1_000);
    }
    // Away and back each time, after 5 s, 10 s, 20 s: three times there and three times back, and once more there at most.
    expect(changes(a)).toBeGreaterThanOrEqual(4);
    expect(changes(a)).toBeLessThanOrEqual(8);
    expect(changes(b)).toBeLessThanOrEqual(8);
    dead = false;
    await talk(world, [a, b], 61_000);
    expect([kindOf(a), kindOf(b)]).toEqual(['direct', 'direct']);
  });

  describe('and had died before', () => {
    /** The direct way has died twice in a row: it would be gone back to after 10 s. A relay carries. */
    async function twiceDead(world: SimulatedWorld): Promise<[Side, Side]> {
      const [a, b] = await openCall(world);
      await new SimulatedCarrier(world, '203.0.113.7').join(a, b);
      const ends = ['192.0.2.1', '192.0.2.2'];
      for (let time = 0; time < 2; time++) {
        await talk(world, [a, b], RETURN_MS + 2_000);
        expect(kindOf(a)).toBe('direct');
        world.dropped = ({ from, to }) => ends.includes(from) && ends.includes(to);
        await talk(world, [a, b], 1_000);
        expect(kindOf(a)).toBe('relay');
        world.dropped = () => false;
      }
      return [a, b];
    }

    it('goes back at once when its machine joins another network', async () => {
      const world = new SimulatedWorld();
      const [a, b] = await twiceDead(world);
      a.host.addresses = [...a.host.addresses, '198.51.100.5'];
      await talk(world, [a, b], INTERFACE_POLL_MS + 1_000);
      expect([kindOf(a), kindOf(b)]).toEqual(['direct', 'direct']);
    });

    it('goes back as soon as the first time when that is long ago', async () => {
      const world = new SimulatedWorld();
      const [a, b] = await twiceDead(world);
      await talk(world, [a, b], 2 * RETURN_MS + DEATHS_REMEMBERED_MS + 1_000);
      world.dropped = ({ from, to }) => from.startsWith('192.0.2.') && to.startsWith('192.0.2.');
      await talk(world, [a, b], 1_000);
      expect(kindOf(a)).toBe('relay');
      world.dropped = () => false;
      await talk(world, [a, b], RETURN_MS + 1_000);
      expect([kindOf(a), kindOf(b)]).toEqual(['direct', 'direct']);
    });
  });
});

describe('a call on a bad network', () => {
  it.each([
    ['10 % loss', 10, (_chance: () => number) => 0],
    ['200 ms of jitter', 0, (chance: () => number) => chance() * 200],
    ['10 % loss and 200 ms of jitter', 10, (chance: () => number) => chance() * 200],
  ])('is not moved from its pair in ten minutes (%s)', async (_name, lossPercent, jitterMs) => {
    const world = new SimulatedWorld();
    const chance = chances('bad network');
    const [a, b] = await openTwoWayCall(world);
    await talk(world, [a, b], 5_000);
    world.dropped = () => chance() * 100 < lossPercent;
    world.delayMs = () => TRIP_MS + jitterMs(chance);
    const settled = [changes(a), changes(b)];
    const before = world.sent.length;
    await talk(world, [a, b], 600_000);
    const checks = world.sent.slice(before).filter(({ bytes }) => (bytes[0] ?? 0) < 4).length;
    expect([changes(a), changes(b)]).toEqual(settled);
    // Both sides, checks and acks; a call brings 100 datagrams a second.
    expect(checks / 600).toBeLessThan(10);
  });

  it('bears stalls of 200 ms, after which all comes at once', async () => {
    const world = new SimulatedWorld();
    const chance = chances('stalls');
    const [a, b] = await openTwoWayCall(world);
    await talk(world, [a, b], 5_000);
    const settled = [changes(a), changes(b)];
    let stalledUntilMs = 0;
    world.delayMs = () => TRIP_MS + Math.max(0, stalledUntilMs - world.clock.now());
    for (let passed = 0; passed < 300_000; passed += 500) {
      stalledUntilMs = world.clock.now() + 200;
      await talk(world, [a, b], 400 + Math.floor(chance() * 10) * 20);
    }
    expect([changes(a), changes(b)]).toEqual(settled);
  });

  it('takes time in which this program did not run for no silence', () => {
    const hearing = new Hearing();
    const pair = new CandidatePair(
      { family: 'IPv4', port: 1, send: () => undefined, close: () => undefined },
      { type: 'host', address: '192.0.2.2', port: 2, priority: 1 },
      { type: 'host', address: '192.0.2.1', port: 1 },
      { id: '1', startedMs: 0 },
    );
    const listen = (atMs: number) => hearing.listen([pair], pair, atMs);
    let atMs = 0;
    for (; atMs < 2_000; atMs += 20) {
      pair.fresh = true;
      listen(atMs);
    }
    expect(hearing.isFlowing).toBe(true);
    // What came meanwhile is read after the timers that are due.
    listen(atMs + 1_000);
    expect(hearing.isQuiet).toBe(false);
    for (let quietMs = 0; quietMs < SWITCH_MS; quietMs += 20) listen(atMs + 1_020 + quietMs);
    expect(hearing.silenceMs).toBeGreaterThanOrEqual(SWITCH_MS);
  });
});
