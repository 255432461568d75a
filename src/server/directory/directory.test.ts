import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { answerProbe } from '../../main/engine/sfu/probe.ts';
import { readTicket } from '../../main/engine/sfu/ticket.ts';
import { decodeStun } from '../../main/engine/stun/message.ts';
import type { NatBehaviour } from '../../shared/network.ts';
import type { CarrierEnd, ClientFrame, NodeOffer } from '../../shared/rendezvous.ts';
import { newDeviceId, newIdentity, TestClient } from '../testing/client.ts';
import { type TestServer, testServer } from '../testing/server.ts';
import {
  NODES_PER_USER,
  PROBE_AGAIN_MS,
  PROBE_LATER_MS,
  QUESTION_BURST,
  RESERVATION_MS,
  UNVOUCHED_BURST,
} from './constants.ts';

type FindCarriers = Extract<ClientFrame, { type: 'find-carriers' }>;

const OPEN: NatBehaviour = { translated: false };
const FILTERED: NatBehaviour = { translated: true, mapping: 'endpoint-independent' };

async function connected(server: TestServer): Promise<TestClient> {
  const { client } = await TestClient.connect(server.url);
  onTestFinished(() => client.socket.terminate());
  return client;
}

/** A volunteer's socket that answers probes as a node does. @param letsIn what its NAT would let through */
async function socketOf(carrier: Buffer, letsIn: (port: number) => boolean) {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  const probedFrom = new Set<number>();
  socket.on('message', (datagram, { port, address }) => {
    probedFrom.add(port);
    const message = letsIn(port) ? decodeStun(datagram) : null;
    const answer = message && answerProbe(message, carrier);
    if (answer) socket.send(answer, port, address);
  });
  return { port: socket.address().port, probedFrom };
}

interface Given extends Partial<NodeOffer> {
  readonly client?: TestClient;
  readonly letsIn?: (port: number) => boolean;
}

/** Offers a node and waits for what becomes of it. */
async function volunteer(server: TestServer, { client, letsIn = () => true, ...changes }: Given = {}) {
  const owner = client ?? (await connected(server));
  const carrier = randomBytes(32);
  const { port, probedFrom } = await socketOf(carrier, letsIn);
  const offer: NodeOffer = {
    carrier: carrier.toString('base64url'),
    addresses: [{ address: '127.0.0.1', port }],
    behaviour: OPEN,
    capacity: { bridges: 4, kbitPerS: 20_000 },
    load: { bridges: 0, kbitPerS: 0 },
    version: 1,
    landmarks: [],
    ...changes,
  };
  owner.send({ type: 'node-offer', ...offer });
  return { owner, offer, port, probedFrom, judged: await standing(server, owner) };
}

/** The first word of a node that is not "probing"; time goes on meanwhile. */
async function standing(server: TestServer, owner: TestClient) {
  for (;;) {
    const found = await vi.waitFor(async () => {
      server.clock.advance(100);
      const frame = owner.frames.findIndex(({ type }) => type === 'node-standing');
      if (frame < 0) throw new Error('no word yet');
      return owner.next('node-standing');
    }, 5_000);
    if (found.standing !== 'probing') return found;
  }
}

/** Somebody elsewhere: the addresses of nodes here are not theirs. */
const elsewhere: CarrierEnd = { address: '203.0.113.7', port: 40_000, behaviour: FILTERED, landmarks: [] };

async function find(asker: TestClient, changes: Partial<FindCarriers> = {}) {
  asker.send({
    type: 'find-carriers',
    requestId: randomBytes(12).toString('base64url'),
    keys: Array.from({ length: 4 }, () => ({
      A: randomBytes(32).toString('base64url'),
      B: randomBytes(32).toString('base64url'),
    })),
    ends: [elsewhere, { ...elsewhere, address: '203.0.113.8' }],
    exclude: [],
    ...changes,
  });
  return (await asker.next('carriers')).carriers;
}

/** A caller whose connection comes from another address than the nodes of these tests, as a proxy tells it. */
async function caller(server: TestServer, from = '198.51.100.1') {
  const options = { headers: { 'x-forwarded-for': from } };
  const client = new TestClient(server.url, newIdentity(), newDeviceId(), options);
  onTestFinished(() => client.socket.terminate());
  await client.authenticate();
  await client.next('welcome');
  return client;
}

const behindProxy = { trustProxy: true, publicHost: '127.0.0.1' };

describe('the node directory', () => {
  test('offers a node that was reached, before the relay, and tells it whom to expect', async () => {
    const server = await testServer(behindProxy);
    const { owner, offer, judged, port } = await volunteer(server);
    const alice = await caller(server);

    const [first, last, ...more] = await find(alice);

    expect(judged).toMatchObject({ standing: 'offered', filtering: 'endpoint-independent' });
    expect(first).toMatchObject({
      kind: 'sfu',
      carrier: offer.carrier,
      addresses: [{ host: '127.0.0.1', port }],
    });
    expect(last?.kind).toBe('relay');
    expect(more).toEqual([]);
    const expected = await owner.next('expect-guests');
    expect(expected.ticket).toBe(first?.ticket);
    expect(expected.addresses).toEqual([
      { address: '203.0.113.7', port: 40_000 },
      { address: '203.0.113.8', port: 40_000 },
    ]);
    const ticket = readTicket(Buffer.from(expected.ticket, 'base64url'));
    expect(ticket?.carrier.toString('base64url')).toBe(offer.carrier);
  });

  test('finds a filter out that the node denies, from a port that nobody was told of', async () => {
    const server = await testServer(behindProxy);
    const claimed: NatBehaviour = { ...FILTERED, filtering: 'endpoint-independent' };

    const { judged, probedFrom } = await volunteer(server, {
      behaviour: claimed,
      letsIn: (port) => port === server.stunPort,
    });

    expect(judged).toMatchObject({ standing: 'offered', filtering: 'address-and-port-dependent' });
    expect(probedFrom.size).toBe(2);
    const alice = await caller(server);
    const symmetric: CarrierEnd = {
      ...elsewhere,
      behaviour: { translated: true, mapping: 'address-and-port-dependent' },
    };
    expect((await find(alice, { ends: [elsewhere, symmetric] })).map(({ kind }) => kind)).toEqual(['relay']);
    expect((await find(alice)).map(({ kind }) => kind)).toEqual(['sfu', 'relay']);
  });

  test('offers nobody who cannot be reached', async () => {
    const server = await testServer(behindProxy);
    const silent = await volunteer(server, { letsIn: () => false });
    const varies = await volunteer(server, {
      behaviour: { translated: true, mapping: 'address-and-port-dependent' },
      letsIn: (port) => port === server.stunPort,
    });
    const old = await volunteer(server, { version: 7 });
    // A place in the server's own network that the node does not share with it.
    const inside = await volunteer(server, { addresses: [{ address: '10.0.0.1', port: 5_000 }] });

    expect([silent, varies, old, inside].map(({ judged }) => judged.standing)).toEqual([
      'unreachable',
      'port-varies',
      'other-version',
      'unreachable',
    ]);
    expect(silent.probedFrom).toEqual(new Set([server.stunPort]));
    expect((await find(await caller(server))).map(({ kind }) => kind)).toEqual(['relay']);
  });

  test('never chooses a machine of the asker or of a contact they call, one behind an address of the two, or an excluded one', async () => {
    const server = await testServer(behindProxy);
    const { owner, offer } = await volunteer(server);
    const alice = await caller(server);
    const kinds = async (asker: TestClient, changes: Partial<FindCarriers>) =>
      (await find(asker, changes)).map(({ kind }) => kind);

    expect(await kinds(owner, {})).toEqual(['relay']);
    await owner.nameContacts(alice.userId);
    expect(await kinds(alice, { otherUser: owner.userId })).toEqual(['relay']);
    expect(await kinds(alice, { exclude: [offer.carrier] })).toEqual(['relay']);
    expect(await kinds(alice, { ends: [{ ...elsewhere, address: '127.0.0.1' }, elsewhere] })).toEqual([
      'relay',
    ]);
    expect(await kinds(await caller(server, '127.0.0.1'), {})).toEqual(['relay']);
    expect(await kinds(alice, { ends: [elsewhere, { landmarks: [], udp: 'blocked' }] })).toEqual(['relay']);
    expect(await kinds(alice, {})).toEqual(['sfu', 'relay']);
  });

  test('tells nobody where another user is, or which node is theirs, unless that one names them', async () => {
    const server = await testServer(behindProxy);
    const victim = await caller(server, '203.0.113.50');
    const { owner } = await volunteer(server, { capacity: { bridges: 100, kbitPerS: 1_000_000 } });
    const mallory = await caller(server);
    await victim.nameContacts(mallory.userId);
    const told = async (otherUser: string, guess: string) => {
      const ends: FindCarriers['ends'] = [elsewhere, { ...elsewhere, address: guess }];
      const carriers = await find(mallory, { otherUser, ends });
      const { addresses } = await owner.next('expect-guests');
      return { kinds: carriers.map(({ kind }) => kind), guests: addresses };
    };
    // What may be passed on of addresses that nobody vouches for is used up first: then only a right guess would get through.
    for (let asked = 0; asked < UNVOUCHED_BURST / 2; asked++) await told(victim.userId, '203.0.113.51');

    await mallory.nameContacts(victim.userId, owner.userId);

    const wrong = await told(victim.userId, '203.0.113.51');
    const right = await told(victim.userId, '203.0.113.50');
    const ofTheirs = await told(owner.userId, '203.0.113.51');

    expect(wrong).toEqual({ kinds: ['sfu', 'relay'], guests: [] });
    expect([right, ofTheirs]).toEqual([wrong, wrong]);
  });

  test('forgets a node that withdraws, whose machine leaves, or that is full', async () => {
    const server = await testServer(behindProxy);
    const alice = await caller(server);
    const one = await volunteer(server);
    one.owner.send({ type: 'node-withdraw', carrier: one.offer.carrier });
    await one.owner.roundTrip();
    expect(await find(alice)).toHaveLength(1);

    const two = await volunteer(server);
    expect(await find(alice)).toHaveLength(2);
    two.owner.send({ type: 'node-offer', ...two.offer, load: { bridges: 4, kbitPerS: 0 } });
    await two.owner.roundTrip();
    expect(await find(alice)).toHaveLength(1);
    two.owner.send({ type: 'node-offer', ...two.offer });
    await two.owner.roundTrip();
    expect(await find(alice)).toHaveLength(2);
    await two.owner.leave();
    await server.connections(2);
    expect(await find(alice)).toHaveLength(1);
  });

  test('looks again after a while, and finds out who is gone', async () => {
    const server = await testServer(behindProxy);
    let there = true;
    const { owner, judged } = await volunteer(server, { letsIn: () => there });
    there = false;

    // In steps, and saying something each time, or the server would take the machine for gone.
    for (let passedMs = 0; passedMs < PROBE_AGAIN_MS; passedMs += 10_000) {
      server.clock.advance(10_000);
      await owner.roundTrip();
    }

    expect(judged.standing).toBe('offered');
    expect((await standing(server, owner)).standing).toBe('unreachable');
  });

  test('lets one user offer a few, and nobody another’s name', async () => {
    const server = await testServer(behindProxy);
    const { owner, offer } = await volunteer(server);
    for (let more = 1; more < NODES_PER_USER; more++) {
      expect((await volunteer(server, { client: owner })).judged.standing).toBe('offered');
    }

    expect((await volunteer(server, { client: owner })).judged.standing).toBe('too-many');
    expect((await volunteer(server, { carrier: offer.carrier })).judged.standing).toBe('name-taken');
  });

  test('counts reports of those who had a ticket, and says so in its metrics', async () => {
    const server = await testServer(behindProxy);
    const { offer } = await volunteer(server);
    const [alice, mallory] = [await caller(server), await caller(server)];
    await find(alice);
    const report = { type: 'carrier-report', carrier: offer.carrier, outcome: 'failed' } as const;

    for (const client of [alice, alice, mallory]) client.send(report);
    await Promise.all([alice.roundTrip(), mallory.roundTrip()]);

    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    expect(metrics).toContain('byway_carrier_reports_total{outcome="failed"} 1');
    expect(metrics).toContain('byway_carrier_reports_total{outcome="without-ticket"} 2');
    expect(metrics).toContain('byway_nodes 1');
    expect(metrics).toContain('byway_carrier_choices_total{result="nodes"} 1');
  });

  test('answers somebody who asks without end that there is nobody', async () => {
    const server = await testServer(behindProxy);
    const alice = await caller(server);

    for (let asked = 0; asked < QUESTION_BURST; asked++) expect(await find(alice)).toHaveLength(1);

    expect(await find(alice)).toEqual([]);
  });

  test('keeps room for the last question of a user alone, so that nobody fills a node by asking', async () => {
    const server = await testServer(behindProxy);
    await volunteer(server, { capacity: { bridges: 2, kbitPerS: 20_000 } });
    const [mallory, alice] = [await caller(server), await caller(server, '198.51.100.2')];

    for (let asked = 0; asked < 5; asked++) expect(await find(mallory)).toHaveLength(2);

    expect(await find(alice)).toHaveLength(2);
    expect(await find(await caller(server, '198.51.100.3'))).toHaveLength(1);
    // Those who go on asking keep nothing beyond its time.
    server.clock.advance(RESERVATION_MS - 1_000);
    expect(await find(mallory)).toHaveLength(2);
    server.clock.advance(2_000);
    expect(await find(await caller(server, '198.51.100.4'))).toHaveLength(2);
  });

  test('looks at a node that calls complain of within seconds, however many complain', async () => {
    const server = await testServer(behindProxy);
    let there = true;
    const { owner, offer } = await volunteer(server, {
      capacity: { bridges: 100, kbitPerS: 1_000_000 },
      letsIn: () => there,
    });
    there = false;
    const alice = await caller(server);

    for (let passedMs = 0; passedMs < 3 * PROBE_LATER_MS; passedMs += PROBE_LATER_MS / 2) {
      await find(alice);
      alice.send({ type: 'carrier-report', carrier: offer.carrier, outcome: 'failed' });
      await alice.roundTrip();
      server.clock.advance(PROBE_LATER_MS / 2);
    }

    expect(await owner.next('node-standing')).toMatchObject({ standing: 'unreachable' });
  });

  test.each<[string, Record<string, unknown>]>([
    ['no address', { addresses: [] }],
    [
      'too many addresses',
      { addresses: Array.from({ length: 5 }, () => ({ address: '192.0.2.1', port: 1 })) },
    ],
    ['an address that is none', { addresses: [{ address: 'example.org', port: 1 }] }],
    ['a capacity below nothing', { capacity: { bridges: -1, kbitPerS: 1 } }],
    ['a name too short', { carrier: 'A' }],
    ['landmarks without end', { landmarks: Array.from({ length: 17 }, () => ({ server: 'a', rttMs: 1 })) }],
  ])('an offer with %s ends the connection', async (_, changes) => {
    const server = await testServer(behindProxy);
    const client = await connected(server);
    const offer = {
      type: 'node-offer',
      carrier: randomBytes(32).toString('base64url'),
      addresses: [{ address: '127.0.0.1', port: 5_000 }],
      behaviour: OPEN,
      capacity: { bridges: 1, kbitPerS: 1_000 },
      load: { bridges: 0, kbitPerS: 0 },
      version: 1,
      landmarks: [],
    };

    client.raw(JSON.stringify({ ...offer, ...changes }));

    expect((await client.closed).goodbye).toBe('bad-frame');
  });
});
