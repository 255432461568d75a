/** What routes may send, with a clock that the test drives: no sockets, the arithmetic alone. */
import { beforeEach, describe, expect, test } from 'vitest';
import { BURST_MS } from './constants.ts';
import { BYTES, COUNTERS, DROPPED, newSharedMemory, TOTAL_KBIT_PER_S, TOTAL_UNTIL_MS } from './messages.ts';
import { Routes } from './routes.ts';
import { writeSockaddr } from './sockaddr.ts';

const PACKET = 1_000;
let shared = newSharedMemory();
let routes = new Routes(shared);
let nowMs = 0;

beforeEach(() => {
  shared = newSharedMemory();
  routes = new Routes(shared);
  nowMs = 1_000;
});

function allow(kbitPerS: number, untilMs = Number.POSITIVE_INFINITY): void {
  const control = new Float64Array(shared.control);
  control[TOTAL_KBIT_PER_S] = kbitPerS;
  control[TOTAL_UNTIL_MS] = untilMs;
}

function route(channel: number, bridge: number, kbitPerS = 1_000_000): void {
  const address = writeSockaddr('192.0.2.1', 1) as Uint8Array;
  routes.set(
    { channel, bridge, fromSocket: 0, from: address, toSocket: 0, to: address, toChannel: 0x4abc, kbitPerS },
    nowMs,
  );
}

/** Each channel sends so many packets every 10 ms. */
function send(packets: ReadonlyMap<number, number>, forMs: number): void {
  for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += 10) {
    routes.passTime(nowMs);
    for (const [channel, count] of packets)
      for (let sent = 0; sent < count; sent++) routes.mayPass(channel, PACKET, nowMs);
  }
}

const counted = (channel: number, counter: number): number =>
  new Float64Array(shared.counters)[channel * COUNTERS + counter] ?? 0;

describe('what all together may send', () => {
  test('is never exceeded but by what may be saved up, and is used', () => {
    // 1,000 bytes a ms, ten times as much wanted.
    allow(8_000);
    for (const channel of [0, 1, 2, 3]) route(channel, channel >> 1);

    send(new Map([0, 1, 2, 3].map((channel) => [channel, 25])), 60_000);

    const bytes = [0, 1, 2, 3].reduce((sum, channel) => sum + counted(channel, BYTES), 0);
    expect(bytes).toBeLessThanOrEqual(1_000 * (60_000 + BURST_MS));
    expect(bytes).toBeGreaterThan(1_000 * 60_000 * 0.99);
  });

  test('is shared so that who wants little gets it, and the others the same', () => {
    allow(8_000);
    for (const channel of [0, 1, 2, 3]) route(channel, channel);

    send(
      new Map([
        [0, 1],
        [1, 10],
        [2, 20],
        [3, 40],
      ]),
      30_000,
    );

    expect(counted(0, DROPPED)).toBe(0);
    // A tenth of what there is goes to the first; of the rest each has a third.
    for (const channel of [1, 2, 3]) {
      expect(counted(channel, BYTES) / 30_000).toBeGreaterThan(285);
      expect(counted(channel, BYTES) / 30_000).toBeLessThan(320);
    }
  });

  test('counts both ways of a bridge as one', () => {
    allow(8_000);
    route(0, 1);
    route(1, 1);
    route(2, 2);

    send(
      new Map([
        [0, 20],
        [1, 20],
        [2, 20],
      ]),
      30_000,
    );

    const both = counted(0, BYTES) + counted(1, BYTES);
    expect(both / counted(2, BYTES)).toBeGreaterThan(0.95);
    expect(both / counted(2, BYTES)).toBeLessThan(1.05);
  });

  test('ends when nobody says it again', () => {
    allow(8_000, nowMs + 1_000);
    route(0, 1);

    send(new Map([[0, 1]]), 1_000);
    const before = counted(0, BYTES);
    send(new Map([[0, 1]]), 5_000);

    expect(before).toBe(100 * PACKET);
    expect(counted(0, BYTES)).toBe(before);
  });
});

test('a route that is gone leaves its bridge to the one that is left, and places are used again', () => {
  allow(800_000);
  for (let bridge = 0; bridge < 100; bridge++) route(bridge, bridge);
  for (let bridge = 0; bridge < 100; bridge += 2) routes.clear(bridge);
  routes.clear(0);
  for (let bridge = 0; bridge < 50; bridge++) route(200 + bridge, 1_000 + bridge);

  send(new Map(Array.from({ length: 50 }, (_, index) => [200 + index, 1])), 100);

  for (let index = 0; index < 50; index++) expect(counted(200 + index, BYTES)).toBe(10 * PACKET);
  expect(routes.fromSocket[0]).toBe(-1);
  expect(routes.fromSocket[1]).toBe(0);
});
