import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ServerState } from '../../../shared/app.ts';
import {
  authenticationText,
  type ClientFrame,
  MAX_CONTACTS,
  MAX_FRAME_BYTES,
  type SealedEnvelope,
} from '../../../shared/rendezvous.ts';
import { identityFrom } from '../identity/identity.ts';
import type { Random } from '../outside/index.ts';
import { backOffMs, refusedRetryMs } from './back-off.ts';
import { RendezvousClient } from './client.ts';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_LONGEST_MS,
  BACKOFF_SHORTEST_MS,
  CONNECT_LIMIT_MS,
  LINE_MEASUREMENT_PERIOD_MS,
  LINE_MEASUREMENTS,
  MAX_BAD_FRAMES,
  MAX_PENDING_SENDS,
  PROBE_LIMIT_MS,
  REFUSED_RETRY_MS,
  SEND_LIMIT_MS,
  STABLE_AFTER_MS,
} from './constants.ts';
import { SendError } from './errors.ts';
import { HEARTBEAT_MS, ManualClock, ScriptedServer } from './testing/server.ts';

const identity = identityFrom(randomBytes(32), randomBytes(12).toString('base64url'));
const friend = randomBytes(32).toString('base64url');
/** Back-off without luck: always the longest of its range. */
const unlucky: Random = { bytes: (length) => Buffer.alloc(length, 0xff) };
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn() };

let clock: ManualClock;
let server: ScriptedServer;
let client: RendezvousClient;
let states: ServerState[];
const clean: (() => Promise<unknown> | unknown)[] = [];

function newClient(url: string): RendezvousClient {
  const made = new RendezvousClient({ url, identity, clock, random: unlucky, logger });
  states = [];
  made.on('state', (state) => states.push(state));
  clean.push(() => made.stop());
  return made;
}

beforeEach(async () => {
  clock = new ManualClock();
  server = await ScriptedServer.open();
  client = newClient(server.url);
});

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step();
  await server.close();
  vi.clearAllMocks();
  expect(clock.waiting, 'timers left behind').toBe(0);
});

const reached = (state: ServerState['state']) =>
  vi.waitFor(() => expect(client.state.state).toBe(state), { interval: 5 });

async function connected(): Promise<void> {
  client.start();
  await reached('connected');
}

function envelope(toDevice?: string): SealedEnvelope {
  return {
    id: randomBytes(16).toString('base64url'),
    from: identity.userId,
    fromDevice: identity.deviceId,
    to: friend,
    ...(toDevice === undefined ? {} : { toDevice }),
    sentAt: 1,
    sealed: 'AAAA',
  };
}

const ids = (frames: ClientFrame[]) =>
  frames.flatMap((frame) => (frame.type === 'send' ? [frame.envelope.id] : []));

describe('connecting', () => {
  test('proves the identity to the host it dialled, and to no other', async () => {
    await connected();

    const [frame] = await server.received('authenticate');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: identity.userId }, format: 'jwk' });
    const signature = Buffer.from(frame?.signature ?? '', 'base64url');
    const signed = (host: string) =>
      verify(
        null,
        Buffer.from(authenticationText(host, server.nonce, identity.userId, identity.deviceId)),
        key,
        signature,
      );
    expect(signed(server.hosts[0] ?? '')).toBe(true);
    expect(signed(`127.0.0.1:${server.port}`)).toBe(true);
    expect(signed('127.0.0.1')).toBe(false);
  });

  test('gives the configuration, the host for it, and the difference of the clocks', async () => {
    const seen = vi.fn();
    client.on('configuration', seen);
    server.serverTimeMs = clock.wallNow() + 90_000;

    await connected();

    expect(seen).toHaveBeenCalledWith(server.configuration, '127.0.0.1');
    expect(client.serverTimeOffsetMs).toBe(90_000);
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'connected']);
  });

  test('shows where it is without the password in the address', async () => {
    client = newClient(`ws://name:secret@127.0.0.1:${server.port}/?token=secret`);

    await connected();

    expect(client.state.url).toBe(`ws://127.0.0.1:${server.port}`);
  });

  test('to nobody waits, each time longer, and arrives when somebody is there', async () => {
    const { port } = server;
    await server.close();
    const waits: number[] = [];
    client.start();
    for (let attempt = 0; attempt < 8; attempt++) {
      await reached('waiting');
      expect(client.state.reason).toBe('unreachable');
      const waitMs = (client.state.retryAt ?? 0) - clock.wallNow();
      waits.push(waitMs);
      clock.advance(waitMs - 1);
      expect(client.state.state).toBe('waiting');
      clock.advance(1);
      expect(client.state.state).toBe('connecting');
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await reached('waiting');
    server = await ScriptedServer.open(port);

    clock.advance(BACKOFF_LONGEST_MS);

    await reached('connected');
  });

  test('has an end when nothing answers', async () => {
    const silent = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    clean.push(() => new Promise((resolve) => silent.close(resolve)));
    client = newClient(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    client.start();

    clock.advance(CONNECT_LIMIT_MS);

    expect(client.state).toMatchObject({ state: 'waiting', reason: 'unreachable' });
  });

  test('has an end when the server never says welcome', async () => {
    server.welcomes = false;
    client.start();
    await server.received('authenticate');

    clock.advance(CONNECT_LIMIT_MS);

    expect(client.state).toMatchObject({ state: 'waiting', reason: 'silent' });
  });
});

describe('a server that is not ours', () => {
  const refused = async (reason: ServerState['reason']) => {
    client.start();
    await reached('refused');
    expect(client.state.reason).toBe(reason);
    const dials = server.connections;
    clock.advance(REFUSED_RETRY_MS / 2 - 1);
    expect(client.state.state).toBe('refused');
    expect(server.connections).toBe(dials);
  };

  test('of another version is not hammered', async () => {
    server.version = 2;
    await refused('version');
  });

  test.each([
    'hello',
    '{}',
    '{"type":"welcome"}',
    '[]',
    'null',
    '{"type":"presence","userId":"x","online":true}',
  ])('that begins with %s is not hammered', async (first) => {
    server.first = first;
    await refused('not-byway');
  });

  test('that sends bytes is not hammered', async () => {
    server.first = randomBytes(40);
    await refused('not-byway');
  });

  test('that is a web server is not hammered', async () => {
    const web = createHttpServer((_, response) => response.end('<html>'));
    web.on('upgrade', (_, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    clean.push(() => new Promise((resolve) => web.close(resolve)));
    client = newClient(`ws://127.0.0.1:${(web.address() as AddressInfo).port}`);
    await refused('not-byway');
  });

  test('that speaks no HTTP is not hammered', async () => {
    const other = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      socket.end('220 mail.example ESMTP\r\n');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    clean.push(() => new Promise((resolve) => other.close(resolve)));
    client = newClient(`ws://127.0.0.1:${(other.address() as AddressInfo).port}`);
    await refused('not-byway');
  });

  test('that is full is tried again soon', async () => {
    const full = createHttpServer();
    full.on('upgrade', (_, socket) =>
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
    );
    await new Promise<void>((resolve) => full.listen(0, '127.0.0.1', resolve));
    clean.push(() => new Promise((resolve) => full.close(resolve)));
    client = newClient(`ws://127.0.0.1:${(full.address() as AddressInfo).port}`);
    client.start();
    await reached('waiting');
    expect(client.state.reason).toBe('unreachable');
  });

  test('at an address that is none is not tried at all', async () => {
    client = newClient('http://127.0.0.1/');
    client.start();
    expect(client.state).toMatchObject({ state: 'refused', reason: 'not-byway' });
  });

  test('is tried at once when asked to, and now and then by itself', async () => {
    server.version = 2;
    await refused('version');
    server.version = 1;

    client.reconnectNow();

    await reached('connected');
  });
});

describe('a connection that ends', () => {
  test('is resumed, and what was not confirmed is said again', async () => {
    await connected();
    client.setContacts([friend]);
    const one = envelope();
    const sent = client.send(one, 0);
    await vi.waitFor(() => expect(ids(server.frames)).toEqual([one.id]));
    server.cut();
    await reached('waiting');
    expect(client.state.reason).toBe('closed');
    clock.advance(BACKOFF_FIRST_MS);

    await vi.waitFor(() => expect(ids(server.frames)).toEqual([one.id, one.id]));
    server.say({ type: 'sent', id: one.id, devices: 2, kept: false });

    expect(await sent).toEqual({ devices: 2, kept: false });
    const logins = await server.received('authenticate');
    expect(logins.map(({ resume }) => resume)).toEqual([undefined, server.sessionId]);
    expect((await server.received('contacts')).at(-1)?.userIds).toEqual([friend]);
  });

  test('after it lasted begins the back-off anew, and before that does not', async () => {
    client.start();
    for (const expected of [500, 1_000, 2_000]) {
      await reached('connected');
      server.cut();
      await reached('waiting');
      expect((client.state.retryAt ?? 0) - clock.wallNow()).toBe(expected);
      clock.advance(expected);
    }
    await reached('connected');
    clock.advance(STABLE_AFTER_MS);
    server.cut();
    await reached('waiting');

    expect((client.state.retryAt ?? 0) - clock.wallNow()).toBe(BACKOFF_FIRST_MS);
  });

  test('in silence is noticed after two heartbeats', async () => {
    await connected();
    clock.advance(HEARTBEAT_MS);
    server.ping();
    await vi.waitFor(() => expect(server.pongs).toBe(1));
    clock.advance(2 * HEARTBEAT_MS - 1);
    expect(client.state.state).toBe('connected');

    clock.advance(1);

    expect(client.state).toMatchObject({ state: 'waiting', reason: 'silent' });
  });

  test('because we came from elsewhere does not throw that one out', async () => {
    await connected();
    server.say({ type: 'goodbye', reason: 'replaced' });
    await reached('refused');
    expect(client.state).toMatchObject({ reason: 'replaced' });

    clock.advance(10 * REFUSED_RETRY_MS);

    expect(client.state.state).toBe('refused');
    expect(client.state.retryAt).toBeUndefined();
  });

  test.each([
    ['shutting-down', 'waiting', 'closed'],
    ['too-many', 'waiting', 'closed'],
    ['bad-signature', 'refused', 'refused'],
    ['bad-version', 'refused', 'version'],
  ] as const)('with the goodbye %s is %s', async (reason, state, shown) => {
    await connected();
    server.say({ type: 'goodbye', reason });
    await reached(state);
    expect(client.state.reason).toBe(shown);
  });

  test('shows everybody offline when the server has forgotten us', async () => {
    const presence: [string, boolean][] = [];
    client.on('presence', (userId, online) => presence.push([userId, online]));
    await connected();
    client.setContacts([friend]);
    server.say({ type: 'presence', userId: friend, online: true });
    await vi.waitFor(() => expect(presence).toEqual([[friend, true]]));
    server.forgetful = true;
    server.cut();
    await reached('waiting');
    clock.advance(BACKOFF_FIRST_MS);
    await reached('connected');

    expect(presence).toEqual([
      [friend, true],
      [friend, false],
    ]);
  });

  test('is made anew when our clock has jumped, because the server’s time is wrong by as much', async () => {
    await connected();
    clock.wall += 3_600_000;
    server.serverTimeMs = clock.wall;
    server.ping();
    await reached('waiting');
    clock.advance(BACKOFF_FIRST_MS);
    await reached('connected');
  });

  test('begins with some round trips for TCP to learn from, and no more', async () => {
    await connected();
    for (let pings = 1; pings <= LINE_MEASUREMENTS; pings++) {
      await vi.waitFor(() => expect(server.pings).toBe(pings));
      clock.advance(LINE_MEASUREMENT_PERIOD_MS);
    }
    clock.advance(LINE_MEASUREMENT_PERIOD_MS);
    await server.roundTrip(client);

    expect(server.pings).toBe(LINE_MEASUREMENTS);
  });

  test('is probed when the network may have changed', async () => {
    await connected();
    await server.roundTrip(client);
    const before = server.pings;
    client.reconnectNow();
    await vi.waitFor(() => expect(server.pings).toBe(before + 1));
    await server.roundTrip(client);
    clock.advance(PROBE_LIMIT_MS);
    expect(client.state.state).toBe('connected');

    server.deaf();
    clock.advance(1);
    client.reconnectNow();
    clock.advance(PROBE_LIMIT_MS);

    expect(client.state).toMatchObject({ state: 'waiting', reason: 'silent' });
  });
});

describe('sending', () => {
  test('waits for the connection', async () => {
    const one = envelope();
    client.start();
    const sent = client.send(one, 60_000);
    await vi.waitFor(() => expect(ids(server.frames)).toEqual([one.id]));
    server.say({ type: 'sent', id: one.id, devices: 0, kept: true });

    expect(await sent).toEqual({ devices: 0, kept: true });
    expect((await server.received('send'))[0]).toMatchObject({ ttlMs: 60_000, envelope: one });
  });

  test('of the same envelope twice says it once', async () => {
    await connected();
    const one = envelope();
    const both = Promise.all([client.send(one, 0), client.send(one, 0)]);
    await server.received('send');
    server.say({ type: 'sent', id: one.id, devices: 1, kept: false });

    expect(await both).toEqual([
      { devices: 1, kept: false },
      { devices: 1, kept: false },
    ]);
    expect(ids(server.frames)).toEqual([one.id]);
  });

  test('ends when the server is silent about it', async () => {
    await connected();
    const sent = client.send(envelope(), 0);
    const failure = expect(sent).rejects.toMatchObject({ name: 'SendError', failure: 'timeout' });
    server.ping();
    clock.advance(SEND_LIMIT_MS);

    await failure;
  });

  test('ends with the server’s reason when it refuses', async () => {
    await connected();
    const one = envelope();
    const sent = client.send(one, 0);
    const failure = expect(sent).rejects.toMatchObject({ failure: 'refused', refusal: 'mailbox-full' });
    server.say({ type: 'refused', id: one.id, reason: 'mailbox-full' });

    await failure;
  });

  test('ends when its caller gives up, and is not said again', async () => {
    const giveUp = new AbortController();
    const failure = expect(client.send(envelope(), 0, giveUp.signal)).rejects.toMatchObject({
      failure: 'stopped',
    });
    await failure;
    client.start();
    const waiting = expect(client.send(envelope(), 0, giveUp.signal)).rejects.toMatchObject({
      failure: 'aborted',
    });
    giveUp.abort();
    await waiting;
    await expect(client.send(envelope(), 0, giveUp.signal)).rejects.toThrow(SendError);
    await reached('connected');
    await server.roundTrip(client);

    expect(ids(server.frames)).toEqual([]);
  });

  test('has a limit to how many wait', async () => {
    client.start();
    const waiting = Array.from({ length: MAX_PENDING_SENDS }, () => client.send(envelope(), 0));
    const stopped = Promise.allSettled(waiting);

    await expect(client.send(envelope(), 0)).rejects.toMatchObject({ failure: 'too-many' });

    await client.stop();
    for (const outcome of await stopped) expect(outcome).toMatchObject({ reason: { failure: 'stopped' } });
    expect(client.state.state).toBe('stopped');
  });
});

describe('a delivery', () => {
  const incoming: SealedEnvelope = { ...envelope(), from: friend, to: identity.userId };

  test('is confirmed after its handlers, also those that take time', async () => {
    let done: () => void = () => undefined;
    client.on('envelope', () => new Promise<void>((resolve) => (done = resolve)));
    await connected();
    server.say({ type: 'deliver', envelope: incoming });
    await vi.waitFor(() => expect(client.listenerCount('envelope')).toBe(1));
    await server.roundTrip(client);
    expect(server.frames.filter(({ type }) => type === 'received')).toEqual([]);

    done();

    expect(await server.received('received')).toEqual([{ type: 'received', id: incoming.id }]);
  });

  test('is left with the server when a handler fails, and nothing else suffers', async () => {
    const seen = vi.fn();
    client.on('envelope', () => {
      throw new Error('the disk is full');
    });
    client.on('envelope', seen);
    await connected();
    server.say({ type: 'deliver', envelope: incoming });
    await vi.waitFor(() => expect(seen).toHaveBeenCalledWith(incoming));
    await server.roundTrip(client);

    expect(server.frames.filter(({ type }) => type === 'received')).toEqual([]);
    expect(logger.warn).toHaveBeenCalled();
    expect(client.state.state).toBe('connected');
  });

  test('does not go on being read while too many are at work', async () => {
    const open: (() => void)[] = [];
    let most = 0;
    client.on('envelope', () => {
      most = Math.max(most, open.length + 1);
      return new Promise<void>((resolve) => open.push(resolve));
    });
    await connected();
    const count = 400;
    for (let number = 0; number < count; number++) {
      // Large enough that they do not all fit into one read.
      server.say({
        type: 'deliver',
        envelope: { ...incoming, id: envelope().id, sealed: 'A'.repeat(40_000) },
      });
    }
    let answered = 0;
    await vi.waitFor(
      () => {
        answered += open.splice(0).map((finish) => finish()).length;
        expect(answered).toBe(count);
      },
      { timeout: 10_000, interval: 5 },
    );

    expect(most).toBeLessThan(count / 2);
    await vi.waitFor(() =>
      expect(server.frames.filter(({ type }) => type === 'received')).toHaveLength(count),
    );
  });
});

describe('a hostile server', () => {
  test.each([
    ['not JSON', 'x{'],
    ['a frame of an unknown kind', '{"type":"run","command":"rm"}'],
    ['an envelope with a field missing', '{"type":"deliver","envelope":{"id":"x"}}'],
    ['bytes', randomBytes(30)],
    [
      'a second challenge',
      JSON.stringify({ type: 'challenge', version: 1, nonce: 'A'.repeat(43), serverTimeMs: 0 }),
    ],
    ['depth', '['.repeat(30_000)],
  ])('that sends %s is not listened to, and not for long', async (_, frame) => {
    const seen = vi.fn();
    client.on('envelope', seen);
    await connected();
    server.raw(frame);
    await server.roundTrip(client);
    expect(client.state.state).toBe('connected');

    for (let count = 0; count < MAX_BAD_FRAMES; count++) server.raw(frame);

    await reached('waiting');
    expect(seen).not.toHaveBeenCalled();
    expect(await server.received('authenticate')).toHaveLength(1);
  });

  test('that sends too much at once loses the connection', async () => {
    await connected();
    server.raw('"'.padEnd(MAX_FRAME_BYTES + 1, 'x'));
    await reached('waiting');
  });

  test('tells nothing about people we did not ask for', async () => {
    const presence = vi.fn();
    client.on('presence', presence);
    await connected();
    server.say({ type: 'presence', userId: friend, online: true });
    await server.roundTrip(client);

    expect(presence).not.toHaveBeenCalled();
  });
});

describe('the list of contacts', () => {
  test('replaces the one before, without doubles, and fits a frame', async () => {
    await connected();
    client.setContacts([friend, friend]);
    await vi.waitFor(() => expect(server.frames.at(-1)).toEqual({ type: 'contacts', userIds: [friend] }));
    server.configuration.limits.contacts = 2_000;
    server.cut();
    await reached('waiting');
    clock.advance(BACKOFF_FIRST_MS);
    await reached('connected');
    client.setContacts(Array.from({ length: 2_000 }, () => randomBytes(32).toString('base64url')));
    await vi.waitFor(async () => {
      const told = (await server.received('contacts')).at(-1);
      expect(told?.userIds.length).toBe(MAX_CONTACTS);
      expect(JSON.stringify(told).length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    });
  });
});

describe('stopping', () => {
  test('takes leave, once and for all, and starting again begins anew', async () => {
    await connected();
    await client.stop();
    await client.stop();
    expect(await server.lastCloseCode()).toBe(1000);
    client.reconnectNow();
    clock.advance(60_000);
    expect(client.state.state).toBe('stopped');

    await connected();

    expect((await server.received('authenticate')).at(-1)?.resume).toBeUndefined();
  });

  test('in the middle of connecting or waiting leaves nothing behind', async () => {
    client.start();
    await client.stop();
    await server.close();
    client.start();
    await reached('waiting');
    await client.stop();
    expect(client.state.state).toBe('stopped');
  });
});

describe('back-off', () => {
  const luck = (byte: number): Random => ({ bytes: (length) => Buffer.alloc(length, byte) });

  test('spreads over its whole range and stays within its bounds', () => {
    for (let failures = 0; failures < 2_000; failures += 7) {
      expect(backOffMs(failures, luck(0))).toBe(BACKOFF_SHORTEST_MS);
      expect(backOffMs(failures, luck(0xff))).toBeLessThanOrEqual(BACKOFF_LONGEST_MS);
    }
    expect(backOffMs(3, luck(0x80))).toBeGreaterThan(2_000);
    expect(backOffMs(3, luck(0x80))).toBeLessThan(2_020);
    expect(refusedRetryMs(luck(0))).toBe(REFUSED_RETRY_MS / 2);
    expect(refusedRetryMs(luck(0xff))).toBe(REFUSED_RETRY_MS);
  });
});
