/** The wire keeps its word: as long as it says, in order, and losing what it says and nothing else. */
import { expect, test } from 'vitest';
import { outputOfEnclosed } from '../enclosed-program.ts';
import type { TrafficReport } from './traffic.ts';
import { compileWire } from './wire.ts';

/** What a machine that is busy with other things may add to the middle of the distribution, ms. */
const TOLERANCE_MS = 3;
/** Six standard deviations of a share of 10 % among 936 packets are 5.9 points. */
const LOSS_TOLERANCE = 0.059;

interface Way extends TrafficReport {
  /** By the other end. */
  readonly expected: number;
}

/** Both ends of IPv4, then of IPv6. */
async function measure(delayMs: number, lossPercent: number, ipv6DelayMs = delayMs): Promise<readonly Way[]> {
  const pairs = await outputOfEnclosed<readonly [TrafficReport, TrafficReport][]>(
    'test/natlab/wire/measure.ts',
    { wireProgram: await compileWire(), delayMs, ipv6DelayMs, lossPercent },
  );
  return pairs.flatMap(([near, far]) => [
    { ...near, expected: far.sent },
    { ...far, expected: near.sent },
  ]);
}

test('a wire of 20 ms carries 5 Mbit/s each way, IPv4 and IPv6, and drops nothing', async () => {
  for (const { expected, received, inOrder, delayMs } of await measure(20, 0)) {
    expect(received).toBe(expected);
    expect(inOrder).toBe(true);
    expect(delayMs.shortest).toBeGreaterThanOrEqual(20);
    expect(delayMs.median).toBeLessThan(20 + TOLERANCE_MS);
  }
});

test('a wire of 200 ms that loses 10 % loses 10 %', async () => {
  for (const { expected, received, inOrder, delayMs } of await measure(200, 10)) {
    expect(Math.abs(1 - received / expected - 0.1)).toBeLessThan(LOSS_TOLERANCE);
    expect(inOrder).toBe(true);
    expect(delayMs.shortest).toBeGreaterThanOrEqual(200);
    expect(delayMs.median).toBeLessThan(200 + TOLERANCE_MS);
  }
});

test('a wire may be longer for IPv6', async () => {
  const ways = await measure(20, 0, 60);
  for (const [index, lengthMs] of [20, 20, 60, 60].entries()) {
    expect(ways[index]?.received).toBe(ways[index]?.expected);
    expect(ways[index]?.inOrder).toBe(true);
    expect(ways[index]?.delayMs.shortest).toBeGreaterThanOrEqual(lengthMs);
    expect(ways[index]?.delayMs.median).toBeLessThan(lengthMs + TOLERANCE_MS);
  }
});
