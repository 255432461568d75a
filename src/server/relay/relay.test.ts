import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { BRIDGE_QUIET_MS, SWEEP_MS } from '../../main/engine/sfu/constants.ts';
import {
  nonceOf,
  provedJoin,
  readGoodbye,
  readGreeting,
  readJoinSuccess,
  writeJoin,
} from '../../main/engine/sfu/join.ts';
import type { Side } from '../../main/engine/sfu/ticket.ts';
import { decodeStun, findAttribute } from '../../main/engine/stun/message.ts';
import type { Carrier } from '../../shared/rendezvous.ts';
import { DEFAULT_LIMITS } from '../constants.ts';
import { TestClient } from '../testing/client.ts';
import { type TestServer, testServer } from '../testing/server.ts';
import { UNUSED_LIMIT_MS } from './constants.ts';

const end = { landmarks: [] };

function sideKey() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { secret: privateKey, text: publicKey.export({ format: 'jwk' }).x ?? '' };
}

/** Two callers with a ticket for the relay, asked for as an app does. */
async function invited(server: TestServer) {
  const { client } = await TestClient.connect(server.url);
  onTestFinished(() => client.socket.close());
  const keys = { A: sideKey(), B: sideKey() };
  const requestId = randomBytes(12).toString('base64url');
  client.raw(
    JSON.stringify({
      type: 'find-carriers',
      requestId,
      keys: [{ A: keys.A.text, B: keys.B.text }],
      ends: [end, end],
      exclude: [],
    }),
  );
  const answer = await client.next('carriers');
  expect(answer.requestId).toBe(requestId);
  return { keys, carriers: answer.carriers };
}

interface Guest {
  readonly received: Buffer[];
  send(datagram: Buffer): void;
}

async function udpGuest(port: number): Promise<Guest> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  const received: Buffer[] = [];
  socket.on('message', (datagram) => received.push(datagram));
  return { received, send: (datagram) => socket.send(datagram, port, '127.0.0.1') };
}

async function webSocketGuest(
  url: string,
  options = {},
): Promise<Guest & { socket: WebSocket; nonce: Buffer }> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  onTestFinished(() => socket.terminate());
  const received: Buffer[] = [];
  socket.on('message', (data: Buffer) => received.push(data));
  await once(socket, 'open');
  const guest: Guest = { received, send: (datagram) => socket.send(datagram) };
  const greeting = decodeStun(await next(guest));
  const nonce = greeting && readGreeting(greeting);
  if (!nonce) throw new Error('the relay does not greet');
  return { ...guest, socket, nonce };
}

async function next(guest: Guest): Promise<Buffer> {
  await vi.waitFor(() => expect(guest.received.length).toBeGreaterThan(0), 5_000);
  return guest.received.shift() ?? Buffer.alloc(0);
}

async function join(
  guest: Guest,
  { ticket: text }: Carrier,
  side: Side,
  secret: KeyObject,
  channel: number,
  leaves = false,
) {
  const ticket = Buffer.from(text, 'base64url');
  guest.send(writeJoin(randomBytes(12), { ticket }));
  const first = decodeStun(await next(guest));
  const nonce = (first && nonceOf(first)) ?? Buffer.alloc(0);
  const proof = provedJoin(ticket.subarray(1, 17), { side, nonce, channel, leaves }, secret);
  guest.send(writeJoin(randomBytes(12), { ticket, proof }));
  const second = decodeStun(await next(guest));
  if (!second) throw new Error('the relay answered no STUN');
  return readJoinSuccess(second) ?? findAttribute(second, 'error-code')?.code;
}

/** A question and its answer: what the guest sent before has been taken in. */
async function joinStateless(guest: Guest, { ticket }: Carrier): Promise<void> {
  const answered = guest.received.length;
  guest.send(writeJoin(randomBytes(12), { ticket: Buffer.from(ticket, 'base64url') }));
  await vi.waitFor(() => expect(guest.received.length).toBeGreaterThan(answered), 5_000);
}

function frame(channel: number, text: string): Buffer {
  const datagram = Buffer.alloc(4 + text.length);
  datagram.writeUInt16BE(channel, 0);
  datagram.writeUInt16BE(text.length, 2);
  datagram.write(text, 4);
  return datagram;
}

describe('the public relay', () => {
  test('joins a caller on UDP with one on a WebSocket, and forwards both ways', async () => {
    const server = await testServer();
    const { keys, carriers } = await invited(server);
    const [carrier] = carriers;
    if (!carrier) throw new Error('no relay was offered');
    expect(carrier).toMatchObject({ kind: 'relay', addresses: [{ host: '', port: server.relayPort }] });
    const alice = await udpGuest(server.relayPort ?? 0);
    const bob = await webSocketGuest(server.url + carrier.urls[0]);

    const a = await join(alice, carrier, 'A', keys.A.secret, 0x4111);
    const b = await join(bob, carrier, 'B', keys.B.secret, 0x4222);
    if (typeof a !== 'object' || typeof b !== 'object') throw new Error(`refused: ${a} ${b}`);
    expect([a.state, b.state]).toEqual(['half', 'whole']);
    alice.send(frame(a.channel, 'over UDP'));
    bob.send(frame(b.channel, 'over TCP'));

    expect(await next(bob)).toEqual(frame(0x4222, 'over UDP'));
    expect(await next(alice)).toEqual(frame(0x4111, 'over TCP'));
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    expect(metrics).toContain('byway_relay_bridges 1');
    expect(metrics).toContain('byway_relay_bytes 24');
  });

  test('joins a caller on a WebSocket who proves with the greeting in one question', async () => {
    const server = await testServer();
    const { keys, carriers } = await invited(server);
    if (!carriers[0]) throw new Error('no relay was offered');
    const bob = await webSocketGuest(server.url + carriers[0].urls[0]);
    const ticket = Buffer.from(carriers[0].ticket, 'base64url');

    const { nonce } = bob;
    const said = { side: 'B' as const, nonce, channel: 0x4222, leaves: false };
    const proof = provedJoin(ticket.subarray(1, 17), said, keys.B.secret);
    bob.send(writeJoin(randomBytes(12), { ticket, proof }));

    const answer = decodeStun(await next(bob));
    expect(answer && readJoinSuccess(answer)).toMatchObject({ state: 'half' });
  });

  test('takes its own tickets alone', async () => {
    const server = await testServer();
    const other = await testServer();
    const { keys, carriers } = await invited(other);
    const guest = await udpGuest(server.relayPort ?? 0);
    if (!carriers[0]) throw new Error('no relay was offered');

    expect(await join(guest, carriers[0], 'A', keys.A.secret, 0x4111)).toBe(403);
  });

  test('forgets a WebSocket’s leg with the WebSocket, and one that joins nothing', async () => {
    const server = await testServer();
    const { keys, carriers } = await invited(server);
    if (!carriers[0]) throw new Error('no relay was offered');
    const bob = await webSocketGuest(`${server.url}/relay`);
    await join(bob, carriers[0], 'B', keys.B.secret, 0x4222);
    const idle = await webSocketGuest(`${server.url}/relay`);
    const idleClosed = once(idle.socket, 'close');

    bob.socket.close();
    server.clock.advance(10_000);

    await idleClosed;
    await vi.waitFor(async () =>
      expect(await (await fetch(`${server.http}/metrics`)).text()).toContain('byway_relay_bridges 0'),
    );
  });

  test('closes a WebSocket whose bridge was forgotten, and one whose leg has moved to UDP', async () => {
    const server = await testServer();
    const { keys, carriers } = await invited(server);
    const [carrier] = carriers;
    if (!carrier) throw new Error('no relay was offered');
    const [alice, bob] = [
      await webSocketGuest(`${server.url}/relay`),
      await webSocketGuest(`${server.url}/relay`),
    ];
    const closed = [alice, bob].map(({ socket }) => once(socket, 'close'));
    await join(alice, carrier, 'A', keys.A.secret, 0x4111);
    await join(bob, carrier, 'B', keys.B.secret, 0x4222);
    await join(await udpGuest(server.relayPort ?? 0), carrier, 'A', keys.A.secret, 0x4111);

    server.clock.advance(UNUSED_LIMIT_MS);
    await closed[0];
    expect(bob.socket.readyState).toBe(WebSocket.OPEN);
    await joinStateless(bob, carrier); // Bob is there; his bridge goes quiet all the same.
    server.clock.advance(BRIDGE_QUIET_MS - 2 * UNUSED_LIMIT_MS);
    await joinStateless(bob, carrier);
    server.clock.advance(UNUSED_LIMIT_MS + 2 * SWEEP_MS);
    await joinStateless(bob, carrier);
    server.clock.advance(UNUSED_LIMIT_MS);

    await closed[1];
  });

  test('cuts a WebSocket that answers no ping, and keeps one that does, though nothing else comes from it', async () => {
    const server = await testServer();
    const { keys, carriers } = await invited(server);
    const [carrier] = carriers;
    if (!carrier) throw new Error('no relay was offered');
    const half = await webSocketGuest(`${server.url}/relay`, { autoPong: false });
    const bob = await webSocketGuest(`${server.url}/relay`);
    await join(half, carrier, 'A', keys.A.secret, 0x4111);
    const b = await join(bob, carrier, 'B', keys.B.secret, 0x4222);
    if (typeof b !== 'object') throw new Error(`refused: ${b}`);
    const halfClosed = once(half.socket, 'close');
    const heartbeatMs = DEFAULT_LIMITS.heartbeatMs;

    for (let beat = 0; beat < 2; beat++) {
      const pinged = once(bob.socket, 'ping');
      // The bridge is in use: it is not forgotten.
      bob.send(frame(b.channel, 'still here'));
      await joinStateless(bob, carrier);
      server.clock.advance(heartbeatMs);
      await pinged;
    }

    await halfClosed;
    await joinStateless(bob, carrier);
    expect(bob.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('counts legs among the connections that the server takes', async () => {
    const server = await testServer({ limits: { connections: 1 } });
    const leg = await webSocketGuest(`${server.url}/relay`);

    await expect(webSocketGuest(`${server.url}/relay`)).rejects.toThrow('503');
    const closed = once(leg.socket, 'close');
    leg.socket.close();
    await closed;
    await vi.waitFor(async () => expect((await webSocketGuest(`${server.url}/relay`)).socket).toBeDefined());
  });

  test('takes so many WebSockets of one address, and lets people there sign in beside them', async () => {
    const server = await testServer({ limits: { unauthenticatedPerAddress: 1 } });
    await webSocketGuest(`${server.url}/relay`);

    await expect(webSocketGuest(`${server.url}/relay`)).rejects.toThrow('429');
    expect((await invited(server)).carriers).toHaveLength(1);
  });

  test('closes a WebSocket that sends text or too much', async () => {
    const server = await testServer();
    for (const message of ['text', Buffer.alloc(5_000)]) {
      const guest = await webSocketGuest(`${server.url}/relay`);
      const closed = once(guest.socket, 'close');
      guest.socket.send(message);
      await closed;
    }
  });

  test('says goodbye when the server closes', async () => {
    const server = await testServer();
    const { keys, carriers } = await invited(server);
    if (!carriers[0]) throw new Error('no relay was offered');
    const alice = await udpGuest(server.relayPort ?? 0);
    await join(alice, carriers[0], 'A', keys.A.secret, 0x4111);

    await server.close();

    const message = decodeStun(await next(alice));
    expect(message && readGoodbye(message)).toEqual(
      Buffer.from(carriers[0].ticket, 'base64url').subarray(1, 17),
    );
  });

  test('is offered over what it is reached over', async () => {
    const udp = await testServer({ relay: 'udp' });
    const wss = await testServer({ relay: 'wss' });

    const [overUdp] = (await invited(udp)).carriers;
    const [overWss] = (await invited(wss)).carriers;

    expect(overUdp).toMatchObject({ addresses: [{ port: udp.relayPort }], urls: [] });
    expect(overWss).toMatchObject({ addresses: [], urls: ['/relay'] });
    await expect(webSocketGuest(`${udp.url}/relay`)).rejects.toThrow('404');
  });

  test('is not offered, and not there, when it is turned off', async () => {
    const server = await testServer({ relay: 'none' });

    expect((await invited(server)).carriers).toEqual([]);
    expect(server.relayPort).toBeUndefined();
    await expect(webSocketGuest(`${server.url}/relay`)).rejects.toThrow('404');
  });
});
