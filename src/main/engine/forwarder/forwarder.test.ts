/** The forwarder on real sockets: two guests, the node's socket between them, and what else comes to it. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DatagramSocket, Forwarding } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { STUN_BURST } from './constants.ts';
import { descriptorOf, inodesOn } from './linux.ts';

const CHANNEL_A = 0x4011;
const CHANNEL_B = 0x4fff;
const TO_A = 0x4aaa;
const TO_B = 0x4bbb;
const LIMIT_MS = 5_000;

interface Guest {
  readonly socket: Socket;
  readonly port: number;
  readonly heard: Buffer[];
}

let node: DatagramSocket;
let forwarding: Forwarding;
let heard: { datagram: Buffer; address: string; port: number }[];
let guests: Guest[];

async function guest(): Promise<Guest> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const made: Guest = { socket, port: socket.address().port, heard: [] };
  socket.on('message', (datagram) => made.heard.push(datagram));
  guests.push(made);
  return made;
}

async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error('what was awaited did not happen');
    await delay(5);
  }
}

function frame(channel: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(4);
  header.writeUInt16BE(channel, 0);
  header.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([header, bytes]);
}

function send(from: Guest, datagram: Buffer): void {
  from.socket.send(datagram, node.port, '127.0.0.1');
}

const endOf = ({ port }: Guest, socket = node) => ({ socket, address: '127.0.0.1', port });

/** Routes both ways, and their counters. */
function bridge(
  a: Guest,
  b: Guest,
  { kbitPerS = 8_000, number = 1, channels = [CHANNEL_A, CHANNEL_B] } = {},
) {
  const [first = 0, second = 0] = channels;
  const there = forwarding.route({
    channel: first,
    from: endOf(a),
    to: { ...endOf(b), channel: TO_B },
    bridge: number,
    kbitPerS,
  });
  const back = forwarding.route({
    channel: second,
    from: endOf(b),
    to: { ...endOf(a), channel: TO_A },
    bridge: number,
    kbitPerS,
  });
  if (!there || !back) throw new Error('no route');
  return { there, back };
}

beforeEach(async () => {
  heard = [];
  guests = [];
  node = await realOutside.network.bind(
    'IPv4',
    0,
    (datagram, address, port) => heard.push({ datagram, address, port }),
    (error) => {
      throw error;
    },
    '127.0.0.1',
  );
  const opened = await realOutside.network.openForwarding?.();
  if (!opened) throw new Error('this system has no forwarder');
  forwarding = opened;
  forwarding.setTotal(1_000_000);
});

afterEach(async () => {
  await forwarding.close();
  node.close();
  for (const { socket } of guests) socket.close();
});

describe('a frame of a guest', () => {
  test('goes to the other guest, on the channel that one wants, and comes to nobody else', async () => {
    const [a, b] = [await guest(), await guest()];
    const { there, back } = bridge(a, b);

    send(a, frame(CHANNEL_A, 'there'));
    send(b, frame(CHANNEL_B, 'and back'));
    await until(() => a.heard.length === 1 && b.heard.length === 1);

    expect(b.heard).toEqual([frame(TO_B, 'there')]);
    expect(a.heard).toEqual([frame(TO_A, 'and back')]);
    expect(heard).toEqual([]);
    expect([there.packets, there.bytes, there.dropped]).toEqual([1, 9, 0]);
    expect([back.packets, back.bytes]).toEqual([1, 12]);
    expect(Math.abs(performance.now() - there.heardAtMs)).toBeLessThan(LIMIT_MS);
  });

  test('arrives as it was, whatever its length up to what Ethernet carries', async () => {
    const [a, b] = [await guest(), await guest()];
    bridge(a, b, { kbitPerS: 100_000 });
    const sent = [0, 1, 2, 3, 4, 5, 63, 64, 1_399, 1_400, 1_468].map((length) =>
      Buffer.alloc(length, length),
    );

    for (const payload of sent) send(a, frame(CHANNEL_A, payload));
    await until(() => b.heard.length === sent.length);

    expect(b.heard).toEqual(sent.map((payload) => frame(TO_B, payload)));
  });

  test('is dropped from another address, with a length that is not there, and without a header', async () => {
    const [a, b, stranger] = [await guest(), await guest(), await guest()];
    bridge(a, b);
    const long = frame(CHANNEL_A, 'long');
    long.writeUInt16BE(5, 2);

    send(stranger, frame(CHANNEL_A, 'not mine'));
    send(a, long);
    send(a, Buffer.from([0x40, 0x11]));
    send(a, Buffer.alloc(0));
    send(a, frame(CHANNEL_A, 'good'));
    await until(() => b.heard.length > 0);

    expect(b.heard).toEqual([frame(TO_B, 'good')]);
    expect(heard).toEqual([]);
  });

  test('comes to the socket again once its route is gone', async () => {
    const [a, b] = [await guest(), await guest()];
    bridge(a, b);
    forwarding.unroute(CHANNEL_A);

    send(a, frame(CHANNEL_A, 'to the engine'));
    await until(() => heard.length === 1);

    expect(heard[0]?.datagram).toEqual(frame(CHANNEL_A, 'to the engine'));
    expect(heard[0]).toMatchObject({ address: '127.0.0.1', port: a.port });
    expect(b.heard).toEqual([]);
  });

  test('goes to where the guest is now, when the route is set anew', async () => {
    const [a, b, moved] = [await guest(), await guest(), await guest()];
    bridge(a, b);
    const { there } = bridge(a, moved);

    send(a, frame(CHANNEL_A, 'elsewhere'));
    await until(() => moved.heard.length === 1);

    expect(there.packets).toBe(1);
    expect(b.heard).toEqual([]);
  });
});

describe('what no route is for', () => {
  test('comes to the listener as before, and what is neither STUN nor a frame does not', async () => {
    const [a, b] = [await guest(), await guest()];
    bridge(a, b);
    const stun = Buffer.from('000100002112a442000000000000000000000000', 'hex');

    send(a, Buffer.from([200, 1, 2, 3, 4]));
    send(a, stun);
    send(a, frame(0x4777, 'own call'));
    await until(() => heard.length === 2);

    expect(heard.map(({ datagram }) => datagram)).toEqual([stun, frame(0x4777, 'own call')]);
  });

  test('is answered from the same socket', async () => {
    const [a, b] = [await guest(), await guest()];
    bridge(a, b);

    const bytes = Buffer.from('xxanswerxx');
    const sent = await new Promise((resolve) => node.send(bytes, 2, 6, a.port, '127.0.0.1', resolve));
    const from = await new Promise<number>((resolve) => {
      b.socket.once('message', (_, { port }) => resolve(port));
      node.send(bytes, 2, 6, b.port, '127.0.0.1');
    });
    await until(() => a.heard.length === 1);

    expect(sent).toBeNull();
    expect(a.heard[0]?.toString()).toBe('answer');
    expect(from).toBe(node.port);
  });

  test('of one source is dropped beyond what a guest needs, and another one is heard', async () => {
    const [flood, other, b] = [await guest(), await guest(), await guest()];
    bridge(other, b);
    const stun = Buffer.from('000100002112a442000000000000000000000000', 'hex');

    for (let count = 0; count < 5_000; count++) send(flood, stun);
    await delay(300);
    const heardOfFlood = heard.length;
    send(other, frame(CHANNEL_A, 'still there'));
    await until(() => b.heard.length === 1);

    expect(heardOfFlood).toBeGreaterThan(STUN_BURST / 2);
    expect(heardOfFlood).toBeLessThan(2 * STUN_BURST);
  });
});

describe('limits', () => {
  test('of a ticket hold for its route alone', async () => {
    const [a, b, c, d] = [await guest(), await guest(), await guest(), await guest()];
    const slow = bridge(a, b, { kbitPerS: 800 });
    const fast = bridge(c, d, { kbitPerS: 80_000, number: 2, channels: [0x4100, 0x4101] });
    // 800 kbit/s for 250 ms are 25,000 bytes.
    for (let count = 0; count < 100; count++) {
      send(a, frame(CHANNEL_A, Buffer.alloc(996)));
      send(c, frame(0x4100, Buffer.alloc(996)));
    }
    await until(() => slow.there.packets + slow.there.dropped === 100 && fast.there.packets === 100);

    expect(slow.there.packets).toBeGreaterThanOrEqual(25);
    expect(slow.there.packets).toBeLessThan(60);
    expect(fast.there.dropped).toBe(0);
  });

  test('of all together are shared so that who wants little gets it', async () => {
    const [a, b, c, d] = [await guest(), await guest(), await guest(), await guest()];
    forwarding.setTotal(8_000);
    const greedy = bridge(a, b, { kbitPerS: 100_000 });
    const modest = bridge(c, d, { kbitPerS: 100_000, number: 2, channels: [0x4100, 0x4101] });
    const startedAtMs = performance.now();
    // 8 Mbit/s are 1,000 bytes a ms. One wants about five times that, the other a tenth.
    while (performance.now() - startedAtMs < 3_000) {
      for (let count = 0; count < 50; count++) send(a, frame(CHANNEL_A, Buffer.alloc(996)));
      send(c, frame(0x4100, Buffer.alloc(996)));
      await delay(10);
    }
    const passedMs = performance.now() - startedAtMs;
    await delay(100);

    const passed = (greedy.there.bytes + modest.there.bytes) / (1_000 * (passedMs + 250));
    expect(passed).toBeLessThanOrEqual(1.02);
    expect(passed).toBeGreaterThan(0.9);
    expect(greedy.there.dropped).toBeGreaterThan(1_000);
    expect(modest.there.dropped / (modest.there.packets + modest.there.dropped)).toBeLessThan(0.02);
  });
});

describe('a socket', () => {
  test('is read by Node again when the forwarder closes, and nothing that came meanwhile is lost', async () => {
    const [a, b] = [await guest(), await guest()];
    bridge(a, b);
    send(a, frame(CHANNEL_A, 'routed'));
    await until(() => b.heard.length === 1);

    const closing = forwarding.close();
    for (let count = 0; count < 20; count++) send(a, frame(CHANNEL_A, `${count}`));
    await closing;
    await until(() => heard.length + b.heard.length === 21);

    send(a, frame(CHANNEL_A, 'after'));
    await until(() => heard.at(-1)?.datagram.equals(frame(CHANNEL_A, 'after')) === true);
    expect(descriptorOf('IPv4', node.port)).toBeDefined();
  });

  test('that is closed while it is read elsewhere is closed for good', async () => {
    const [a, b] = [await guest(), await guest()];
    bridge(a, b);
    const { port } = node;
    node.close();

    const isFree = async () => {
      const again = createSocket('udp4').bind({ port, address: '127.0.0.1', exclusive: true });
      const free = await once(again, 'listening').then(
        () => true,
        () => false,
      );
      again.close();
      return free;
    };
    const endMs = performance.now() + LIMIT_MS;
    while (!(await isFree())) {
      expect(performance.now()).toBeLessThan(endMs);
      await delay(5);
    }
  });
});

test('a socket is found in the kernel’s list by its port, whatever its address', () => {
  const list = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  123: 0100007F:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 0000000000000000 0
  124: 00000000:1F91 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4343 2 0000000000000000 0
  125: nonsense
`;
  expect(inodesOn(list, 0x1f90)).toEqual(['4242']);
  expect(inodesOn(list, 0x1f91)).toEqual(['4343']);
  expect(inodesOn(list, 1)).toEqual([]);
});
