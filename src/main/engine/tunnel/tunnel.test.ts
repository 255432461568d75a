import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realOutside } from '../outside/real.ts';
import type { DatagramLink } from '../path/types.ts';
import { encodeStun, METHOD_BINDING } from '../stun/message.ts';
import { MAX_EARLY_DATAGRAMS } from './constants.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

const USERNAME = 'theirs:ours';
const MEDIA = Buffer.from([0x80, 1, 2, 3]);

class Link implements DatagramLink {
  readonly sent: Buffer[] = [];
  onDatagram: DatagramLink['onDatagram'] = null;
  send(datagram: Buffer): void {
    this.sent.push(Buffer.from(datagram));
  }
  /** A datagram from the peer, in the middle of a larger buffer as a frame has it. */
  arrive(datagram: Buffer): void {
    this.onDatagram?.(Buffer.concat([Buffer.alloc(4), datagram]), 4, datagram.length);
  }
}

function check(username: string): Buffer {
  return encodeStun({
    method: METHOD_BINDING,
    class: 'request',
    transactionId: realOutside.random.bytes(12),
    attributes: [{ name: 'username', text: username }],
  });
}

let tunnel: Tunnel;
let link: Link;
const sockets: Socket[] = [];

beforeEach(async () => {
  tunnel = await openTunnel(realOutside, pino({ level: 'silent' }));
  link = new Link();
  tunnel.attach(link);
  tunnel.expect(USERNAME);
});
afterEach(() => {
  tunnel.close();
  tunnel.close();
  for (const socket of sockets.splice(0)) socket.close();
});

async function localSender(address = '127.0.0.1') {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.bind(0, address);
  await once(socket, 'listening');
  const received: Buffer[] = [];
  socket.on('message', (datagram) => received.push(datagram));
  return { received, send: (datagram: Buffer) => socket.send(datagram, tunnel.port, '127.0.0.1') };
}

describe('the tunnel', () => {
  it('carries the datagrams of the media end whose checks name the call, both ways', async () => {
    const renderer = await localSender();
    renderer.send(check(USERNAME));
    renderer.send(MEDIA);
    await vi.waitFor(() => expect(link.sent).toHaveLength(2));
    expect(link.sent[1]).toEqual(MEDIA);
    link.arrive(Buffer.from('from the peer'));
    await vi.waitFor(() => expect(renderer.received.map(String)).toEqual(['from the peer']));
    expect(tunnel.bound).toBe(true);
    expect(tunnel.counters).toMatchObject({ fromLocal: 2, toLocal: 1, strangers: 0 });
  });

  it('listens to nobody else: not to other users of ICE, not to media without a check, not to garbage', async () => {
    const stranger = await localSender();
    stranger.send(check('somebody:else'));
    stranger.send(MEDIA);
    stranger.send(Buffer.alloc(0));
    stranger.send(Buffer.from([0, 1, 0]));
    await vi.waitFor(() => expect(tunnel.counters.strangers).toBe(4));
    const renderer = await localSender();
    renderer.send(check(USERNAME));
    await vi.waitFor(() => expect(tunnel.bound).toBe(true));
    stranger.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.strangers).toBe(5));
    link.arrive(MEDIA);
    await vi.waitFor(() => expect(renderer.received).toHaveLength(1));
    expect(link.sent).toHaveLength(1);
    expect(stranger.received).toHaveLength(0);
  });

  it('takes one sender of several, 127.0.0.1 before another address, and keeps it once media flows', async () => {
    const other = await localSender('127.0.0.2');
    other.send(check(USERNAME));
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(1));
    const loopback = await localSender('127.0.0.1');
    loopback.send(check(USERNAME));
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(2));
    other.send(check(USERNAME));
    await vi.waitFor(() => expect(tunnel.counters.strangers).toBe(1));
    loopback.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(3));
    link.arrive(MEDIA);
    await vi.waitFor(() => expect(loopback.received).toHaveLength(1));
    expect(other.received).toHaveLength(0);
  });

  it('keeps the first datagrams of the peer until the media end shows itself', async () => {
    for (let index = 0; index < MAX_EARLY_DATAGRAMS + 3; index += 1) link.arrive(Buffer.from([index]));
    expect(tunnel.counters.dropped).toBe(3);
    const renderer = await localSender();
    renderer.send(check(USERNAME));
    await vi.waitFor(() => expect(renderer.received).toHaveLength(MAX_EARLY_DATAGRAMS));
    expect(renderer.received[0]).toEqual(Buffer.from([0]));
  });

  it('is silent after it was closed', async () => {
    const renderer = await localSender();
    renderer.send(check(USERNAME));
    await vi.waitFor(() => expect(tunnel.bound).toBe(true));
    tunnel.close();
    expect(link.onDatagram).toBeNull();
    expect(tunnel.port).toBe(0);
  });
});
