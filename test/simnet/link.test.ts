/** That the simulated lines do to packets what they say. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import { Link, type LinkQuality } from './link.ts';

/** Sends so many packets, one every ms, and tells which arrived when, in order of arrival. */
async function carry(quality: LinkQuality, count = 10_000, bytes = 100) {
  const clock = new SimulatedClock();
  const link = new Link(clock, new SeededRandom('link'), quality);
  const startMs = clock.now();
  const arrived: { packet: number; tookMs: number }[] = [];
  for (let packet = 0; packet < count; packet++) {
    const sentMs = clock.now();
    link.carry(bytes, () => arrived.push({ packet, tookMs: clock.now() - sentMs }));
    await clock.run(1);
  }
  await clock.run(10_000);
  return { arrived, link, clock, startMs };
}

const isInOrder = (arrived: { packet: number }[]) =>
  arrived.every(({ packet }, index) => index === 0 || packet >= (arrived[index - 1]?.packet ?? 0));

describe('a line', () => {
  it('delays, by as much as it says', async () => {
    const { arrived } = await carry({ delayMs: 20 }, 100);
    expect(arrived.every(({ tookMs }) => Math.abs(tookMs - 20) < 1e-6)).toBe(true);
    expect(arrived).toHaveLength(100);
  });

  it('keeps the order under jitter', async () => {
    const { arrived } = await carry({ delayMs: 20, jitterMs: 30 });
    expect(isInOrder(arrived)).toBe(true);
    expect(Math.max(...arrived.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(50.001);
    expect(Math.min(...arrived.map(({ tookMs }) => tookMs))).toBeGreaterThanOrEqual(20);
  });

  it('loses, doubles and holds back the shares it says', async () => {
    const lossy = await carry({ delayMs: 1, lossShare: 0.1 });
    expect(Math.abs(lossy.arrived.length - 9_000)).toBeLessThan(120);
    const doubling = await carry({ delayMs: 1, duplicateShare: 0.1 });
    expect(Math.abs(doubling.arrived.length - 11_000)).toBeLessThan(120);
    const reordering = await carry({ delayMs: 1, reorderShare: 0.1, heldBackMs: 5 });
    expect(isInOrder(reordering.arrived)).toBe(false);
    expect(Math.abs(reordering.arrived.filter(({ tookMs }) => tookMs > 5).length - 1_000)).toBeLessThan(120);
  });

  it('loses in bursts', async () => {
    const { arrived } = await carry({
      delayMs: 1,
      bursts: { enterShare: 0.01, leaveShare: 0.09, lossShare: 1 },
    });
    // In the bad state 0.01 / (0.01 + 0.09) of the time, for 11 packets on average.
    const lost = 10_000 - arrived.length;
    expect(Math.abs(lost - 1_000)).toBeLessThan(400);
    const gaps = arrived.filter(
      ({ packet }, index) => index > 0 && packet !== (arrived[index - 1]?.packet ?? 0) + 1,
    );
    expect(lost / gaps.length).toBeGreaterThan(7);
  });

  it('has a rate: what is too much waits, and then is dropped', async () => {
    // 128 bytes a ms come with headers, and 64 leave.
    const { arrived } = await carry({ delayMs: 1, rate: { bytesPerMs: 64, queueBytes: 6_400 } }, 1_000);
    expect(Math.max(...arrived.map(({ tookMs }) => tookMs))).toBeGreaterThan(95);
    expect(Math.max(...arrived.map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(101.001);
    expect(Math.abs(arrived.length - 550)).toBeLessThan(10);
  });

  it('carries nothing while it is down', async () => {
    const { link, clock, arrived } = await carry({ delayMs: 1 }, 0);
    link.up = false;
    link.carry(1, () => arrived.push({ packet: 0, tookMs: 0 }));
    expect(clock.pendingTimers).toBe(0);
  });
});
