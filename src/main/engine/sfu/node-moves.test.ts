import pino from 'pino';
import { expect, test } from 'vitest';
import type { NodeOffer } from '../../../shared/rendezvous.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { OFFER_PAUSE_MS } from './constants.ts';
import { SfuNode } from './node.ts';

const HOME: TransportAddress = { address: '203.0.113.1', port: 4_000 };
const ROUTER: TransportAddress = { address: '203.0.113.1', port: 5_000 };
const ELSEWHERE: TransportAddress = { address: '203.0.113.77', port: 4_000 };

/** A node with a network that tests change. */
function lending() {
  const clock = new SimulatedClock();
  const world = { addresses: [HOME], offered: [] as NodeOffer[], withdrawn: [] as string[] };
  const node = new SfuNode({
    clock,
    random: new SeededRandom('node'),
    sockets: {
      channels: { take: () => 0x4000, release: () => undefined },
      publicAddresses: () => world.addresses,
      serve: () => undefined,
      send: () => undefined,
      openForwarding: async () => undefined,
    },
    server: {
      isConnected: () => true,
      ticketKey: () => null,
      offer: (offer) => world.offered.push(offer) > 0,
      withdraw: (carrier) => void world.withdrawn.push(carrier),
    },
    behaviour: () => ({ translated: true, mapping: 'endpoint-independent' }),
    landmarks: () => [],
    settings: () => ({ enabled: true, bridges: 4, kbitPerS: 10_000 }),
    onChange: () => undefined,
    logger: pino({ level: 'silent' }),
  });
  node.look();
  const move = async (...addresses: TransportAddress[]) => {
    world.addresses = addresses;
    node.look();
    await clock.run(OFFER_PAUSE_MS);
  };
  return { clock, node, world, move };
}

test('a node that is reached elsewhere takes leave, and comes back under another name', async () => {
  const { clock, node, world, move } = lending();
  const [before] = world.offered;

  await move(ELSEWHERE);

  expect(world.withdrawn).toEqual([before?.carrier]);
  expect(world.offered).toHaveLength(2);
  expect(world.offered[1]?.addresses).toEqual([ELSEWHERE]);
  expect(world.offered[1]?.carrier).not.toBe(before?.carrier);
  await node.close();
  expect(clock.pendingTimers).toBe(0);
});

test('a node keeps its guests while they reach it anywhere, or nothing is known of that', async () => {
  const { node, world, move } = lending();

  await move(ROUTER, HOME);
  await move();
  await move(ROUTER);
  await move(ROUTER, ELSEWHERE);

  expect(world.withdrawn).toEqual([]);
  expect(new Set(world.offered.map(({ carrier }) => carrier)).size).toBe(1);
  expect(world.offered.at(-1)?.addresses).toEqual([ROUTER, ELSEWHERE]);
  await node.close();
});
