import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedClock } from './simulated-clock.ts';

describe('the simulated clock', () => {
  it('lets timers go off by time, and those of one moment in the order they were set', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delayMs: fc.nat(20), cleared: fc.boolean() }), { maxLength: 60 }),
        async (timers) => {
          const clock = new SimulatedClock();
          const startMs = clock.now();
          const wentOff: { atMs: number; order: number }[] = [];
          const set = timers.map(({ delayMs }, order) =>
            clock.setTimer(() => wentOff.push({ atMs: clock.now() - startMs, order }), delayMs),
          );
          timers.forEach(({ cleared }, order) => {
            if (cleared) clock.clearTimer(set[order]);
          });
          await clock.run(20);
          const expected = timers
            .map(({ delayMs, cleared }, order) => ({ atMs: delayMs, order, cleared }))
            .filter(({ cleared }) => !cleared)
            .sort((a, b) => a.atMs - b.atMs || a.order - b.order)
            .map(({ atMs, order }) => ({ atMs, order }));
          expect(wentOff).toEqual(expected);
          expect(clock.pendingTimers).toBe(0);
        },
      ),
    );
  });

  it('lets promises settle between two timers, however many hang on one another', async () => {
    const clock = new SimulatedClock();
    const happened: string[] = [];
    clock.setTimer(async () => {
      for (let link = 0; link < 100; link++) await undefined;
      happened.push('promise');
    }, 5);
    clock.setTimer(() => happened.push('timer'), 5);
    await clock.run(5);
    expect(happened).toEqual(['promise', 'timer']);
  });

  it('stops at the moment a condition holds, and says which one did not', async () => {
    const clock = new SimulatedClock();
    const startMs = clock.now();
    let done = false;
    clock.setTimer(() => {
      done = true;
    }, 3);
    await clock.until(() => done);
    expect(clock.now() - startMs).toBe(3);
    await expect(clock.until(() => !done, 10)).rejects.toThrow('still not after 10 ms: () => !done');
  });

  it('does not mind timers that are cleared twice or are none', async () => {
    const clock = new SimulatedClock();
    const timer = clock.setTimer(() => expect.unreachable(), 1);
    clock.clearTimer(timer);
    clock.clearTimer(timer);
    clock.clearTimer(undefined);
    await clock.run(2);
  });
});

describe('seeded chance', () => {
  it('is the same for a seed, another for another, and even', () => {
    expect(new SeededRandom('a').bytes(64)).toEqual(new SeededRandom('a').bytes(64));
    expect(new SeededRandom('a').bytes(64)).not.toEqual(new SeededRandom('b').bytes(64));
    const random = new SeededRandom('even');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) {
      const value = random.integer(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // 10,000 each, give or take four standard deviations of 95.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(380);
  });
});
