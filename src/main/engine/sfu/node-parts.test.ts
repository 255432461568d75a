import { describe, expect, test } from 'vitest';
import type { NodeOffer } from '../../../shared/rendezvous.ts';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { decodeStun } from '../stun/message.ts';
import { Allowance } from './allowance.ts';
import { JOIN_BURST, JOINS_PER_SECOND, MAX_PUNCHED, OFFER_PAUSE_MS, PUNCH_AGAIN_MS } from './constants.ts';
import { ExpectedGuests } from './expected-guests.ts';
import { JoinBudget } from './join-budget.ts';
import { NodeOffers } from './node-offers.ts';

const OFFER: NodeOffer = {
  carrier: 'A'.repeat(43),
  addresses: [{ address: '203.0.113.1', port: 4_000 }],
  behaviour: { translated: true, mapping: 'endpoint-independent' },
  capacity: { bridges: 4, kbitPerS: 10_000 },
  load: { bridges: 0, kbitPerS: 0 },
  version: 1,
  landmarks: [{ server: 'stun', rttMs: 20 }],
};

describe('what a node tells the server', () => {
  function offering() {
    const clock = new SimulatedClock();
    const told: NodeOffer[] = [];
    const world = { offer: OFFER as NodeOffer | null, isConnected: true };
    const offers = new NodeOffers({
      clock,
      offer: () => world.offer,
      tell: (offer) => {
        if (world.isConnected) told.push(offer);
        return world.isConnected;
      },
    });
    return { clock, told, world, offers };
  }

  test('is told once, and again when it has changed, but not at every trembling', async () => {
    const { clock, told, world, offers } = offering();

    offers.look();
    await clock.run(OFFER_PAUSE_MS);
    world.offer = {
      ...OFFER,
      landmarks: [{ server: 'stun', rttMs: 21 }],
      load: { bridges: 0, kbitPerS: 900 },
    };
    offers.look();
    expect(told).toHaveLength(1);
    world.offer = { ...OFFER, load: { bridges: 0, kbitPerS: 1_000 } };
    offers.look();

    expect(told).toHaveLength(2);
  });

  test('is told the last of many changes, after the pause', async () => {
    const { clock, told, world, offers } = offering();
    offers.look();

    for (let bridges = 1; bridges <= 4; bridges++) {
      world.offer = { ...OFFER, load: { bridges, kbitPerS: 0 } };
      offers.look();
      await clock.run(100);
    }
    expect(told).toHaveLength(1);
    await clock.run(OFFER_PAUSE_MS);

    expect(told.map(({ load }) => load.bridges)).toEqual([0, 4]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('waits until all is known and the server is there, and is told anew to a server that forgot', () => {
    const { told, world, offers } = offering();
    world.offer = null;
    offers.look();
    world.offer = OFFER;
    world.isConnected = false;
    offers.look();
    expect(told).toHaveLength(0);

    world.isConnected = true;
    offers.again();
    offers.again();

    expect(told).toHaveLength(2);
  });

  test('ends when it is closed, twice', async () => {
    const { clock, told, offers } = offering();
    offers.look();
    offers.again(1_000);

    offers.close();
    offers.close();
    await clock.run(10_000);

    expect(told).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('guests that are expected', () => {
  function expecting() {
    const clock = new SimulatedClock();
    const sent: { bytes: Buffer; to: string }[] = [];
    const guests = new ExpectedGuests(clock, new SeededRandom('guests'), (bytes, { address, port }) =>
      sent.push({ bytes, to: `${address}:${port}` }),
    );
    return { clock, sent, guests };
  }
  const there = { address: '203.0.113.9', port: 5_000 };

  test('are sent 40 bytes that ask for nothing, however often they are announced', async () => {
    const { clock, sent, guests } = expecting();

    for (let time = 0; time < 50; time++) guests.expect([there, there]);
    await clock.run(PUNCH_AGAIN_MS);

    expect(sent.map(({ to }) => to)).toEqual(['203.0.113.9:5000', '203.0.113.9:5000']);
    expect(sent.map(({ bytes }) => bytes.length)).toEqual([20, 20]);
    expect(sent.map(({ bytes }) => decodeStun(bytes)?.class)).toEqual(['indication', 'indication']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('are not sent to without end when a server names ever more', async () => {
    const { clock, sent, guests } = expecting();

    for (let port = 1; port <= 5_000; port++) guests.expect([{ address: '203.0.113.9', port }]);
    await clock.run(PUNCH_AGAIN_MS);

    expect(sent).toHaveLength(2 * MAX_PUNCHED);
    expect(clock.pendingTimers).toBe(0);
  });

  test('are forgotten when the node closes, twice', async () => {
    const { clock, sent, guests } = expecting();
    guests.expect([there]);

    guests.close();
    guests.close();
    await clock.run(PUNCH_AGAIN_MS);

    expect(sent).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('limits of a node', () => {
  test('JOINs of one source have a budget, of a /64 together where it is IPv6', () => {
    const budget = new JoinBudget();
    const taken = (address: (index: number) => string, nowMs: number) =>
      Array.from({ length: 200 }, (_, index) => budget.take(address(index), nowMs)).filter(Boolean).length;

    expect(taken(() => '192.0.2.1', 0)).toBe(JOIN_BURST);
    expect(taken(() => '192.0.2.2', 0)).toBe(JOIN_BURST);
    expect(taken((index) => `2001:db8::${(index + 1).toString(16)}`, 0)).toBe(JOIN_BURST);
    expect(taken(() => '192.0.2.1', 2_000)).toBe(2 * JOINS_PER_SECOND);
  });

  test('an allowance gives its rate in the long run, and follows a change of it', () => {
    let kbitPerS = 800; // 100 bytes/ms
    const allowance = new Allowance(() => kbitPerS, 0);
    const sentIn = (fromMs: number, toMs: number) => {
      let bytes = 0;
      for (let nowMs = fromMs; nowMs < toMs; nowMs++) {
        for (let packet = 0; packet < 4; packet++) {
          if (!allowance.has(100, nowMs)) continue;
          allowance.take(100);
          bytes += 100;
        }
      }
      return bytes;
    };

    sentIn(0, 1_000); // What was saved up goes first.
    const before = sentIn(1_000, 11_000);
    kbitPerS = 400;
    sentIn(11_000, 12_000);
    const after = sentIn(12_000, 22_000);

    expect(Math.abs(before - 1_000_000)).toBeLessThan(1_000);
    expect(Math.abs(after - 500_000)).toBeLessThan(1_000);
  });
});
