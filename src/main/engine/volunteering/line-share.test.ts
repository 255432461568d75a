import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import type { RoundTrip } from '../path/round-trip.ts';
import { ADMITTING_SHARE, BASE_MINUTE_MS, BASE_MINUTES, LOST_SAMPLES, SAMPLE_MS } from './constants.ts';
import { LineShare } from './line-share.ts';
import { LineWatch } from './line-watch.ts';

const LEAST = 0.05;

/** A line that is asked once a second. */
function line() {
  const share = new LineShare();
  let nowMs = 0;
  const heard = (rttMs: number, times = 1, server = 'near', shortestMs = rttMs) => {
    for (let time = 0; time < times; time++, nowMs += SAMPLE_MS) {
      share.heard({ server, rttMs, shortestMs }, LEAST, nowMs);
    }
    return share.share;
  };
  const missed = (times: number) => {
    for (let time = 0; time < times; time++, nowMs += SAMPLE_MS) share.missed(LEAST);
    return share.share;
  };
  return { share, heard, missed };
}

describe('the share of the line', () => {
  test('is all of it while round trips tremble as they do over Wi-Fi', () => {
    const { heard } = line();

    for (let round = 0; round < 100; round++) heard(20 + (round % 4) * 10);

    expect(heard(20)).toBe(1);
  });

  test('does not mind one late packet, and steps back at the second one in a row', () => {
    const { heard } = line();
    heard(20, 10);

    expect(heard(400)).toBe(1);
    expect(heard(20)).toBe(1);
    heard(400);
    expect(heard(400)).toBeCloseTo(0.7);
  });

  test('is about a tenth after a quarter of a minute with long queues, and in the end the least', () => {
    const { heard } = line();
    heard(20, 10);

    expect(heard(150, 15)).toBeLessThan(0.12);
    expect(heard(150, 30)).toBe(LEAST);
  });

  test('comes back slowly when the queues are gone', () => {
    const { heard } = line();
    heard(20, 10);
    heard(150, 4);

    expect(heard(22, 25)).toBeLessThan(0.8);
    expect(heard(22, 40)).toBe(1);
  });

  test('takes silence for a full line, and too much of it for a server that is gone', () => {
    const { heard, missed, share } = line();
    heard(20, 10);

    const soon = missed(LOST_SAMPLES - 1);
    expect(soon).toBeLessThan(0.5);
    expect(share.isDeaf).toBe(false);
    const later = missed(20);

    expect(share.isDeaf).toBe(true);
    expect(later).toBeGreaterThan(soon);
    heard(20);
    expect(share.isDeaf).toBe(false);
  });

  test('grows while there is nobody to ask', () => {
    const { share, heard } = line();
    heard(20, 10);
    const before = heard(150, 4);

    share.untold();

    expect(share.share).toBeGreaterThan(before);
  });

  test('knows a queue that stood there from the beginning by what was measured before', () => {
    const { heard } = line();

    expect(heard(200, 4, 'near', 20)).toBeCloseTo(0.7 * 0.7);
  });

  test('gets used to a way that has become longer, and begins anew with another server', () => {
    const { heard } = line();
    heard(20, 10);
    heard(90, BASE_MINUTES * (BASE_MINUTE_MS / SAMPLE_MS));
    expect(heard(90, 100)).toBe(1);

    expect(heard(300, 10, 'far')).toBe(1);
  });
});

/**
 * A line that carries so much, with a queue before it: what is too much waits there. The share is what others' calls send; they want all of
 * what they may have.
 */
describe('a line with a queue', () => {
  async function drive(own: (second: number) => number, seconds: number) {
    const clock = new SimulatedClock();
    const lineKbitPerS = 10_000;
    const capKbitPerS = 8_000;
    const queueMostMs = 500;
    const state = { queueMs: 0, share: 1 };
    let asked = 0;
    const watch = new LineWatch({
      clock,
      paths: {
        refresh: () => undefined,
        askNearest: (answered: (trip: RoundTrip | null) => void) => {
          asked++;
          const rttMs = 20 + state.queueMs;
          const timer = clock.setTimer(() => answered({ server: 'near', rttMs, shortestMs: 20 }), rttMs);
          return () => clock.clearTimer(timer);
        },
      },
      leastShare: () => LEAST,
      onChange: () => {
        state.share = watch.share;
      },
    });
    const queue: number[] = [];
    const shares: number[] = [];
    watch.start();
    watch.start();
    for (let second = 0; second < seconds; second++) {
      for (let step = 0; step < 10; step++) {
        const wanted = own(second) + capKbitPerS * state.share;
        state.queueMs = Math.min(
          queueMostMs,
          Math.max(0, state.queueMs + ((wanted - lineKbitPerS) / lineKbitPerS) * 100),
        );
        await clock.run(100);
      }
      queue.push(state.queueMs);
      shares.push(state.share);
    }
    watch.stop();
    watch.stop();
    return { clock, queue, shares, asked, watch };
  }
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

  test('is left to the user who needs it, and taken again when they do not', async () => {
    // A minute alone, two minutes of an upload of 7 Mbit/s, and two more alone.
    const { queue, shares, clock, asked, watch } = await drive(
      (second) => (second >= 60 && second < 180 ? 7_000 : 0),
      300,
    );

    expect(Math.min(...shares.slice(0, 60))).toBe(1);
    // Queues are short but for the moment in which it begins; 3 of 8 Mbit/s are left, about what there is.
    expect(mean(queue.slice(80, 180))).toBeLessThan(40);
    expect(mean(shares.slice(80, 180))).toBeGreaterThan(0.2);
    expect(mean(shares.slice(80, 180))).toBeLessThan(0.4);
    expect(shares.at(-1)).toBe(1);
    expect(asked).toBeLessThanOrEqual(301);
    expect(watch.share).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('whose server is silent is looked for elsewhere, once', async () => {
    const clock = new SimulatedClock();
    let refreshed = 0;
    const watch = new LineWatch({
      clock,
      paths: {
        refresh: () => {
          refreshed++;
        },
        askNearest: (answered: (trip: RoundTrip | null) => void) => {
          const timer = clock.setTimer(() => answered(null), 900);
          return () => clock.clearTimer(timer);
        },
      },
      leastShare: () => LEAST,
      onChange: () => undefined,
    });
    watch.start();
    await clock.run(60_000);

    expect(refreshed).toBe(1);
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('that the user fills whatever is left is left to them', async () => {
    const { shares } = await drive((second) => (second < 10 ? 0 : 12_000), 60);

    expect(Math.max(...shares.slice(25))).toBeLessThan(ADMITTING_SHARE);
    expect(shares.at(-1)).toBeLessThan(0.1);
  });
});
