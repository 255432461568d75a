import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attempts, call } from '../../gallery/fixtures.ts';
import { layoutTimeline } from './timeline-layout.ts';

describe('the time line', () => {
  it('puts what worked first', () => {
    const { bars } = layoutTimeline(call('active'), 240_000);
    expect(bars.map(({ attempt }) => attempt.outcome)).toEqual([
      'succeeded',
      'abandoned',
      'failed',
      'failed',
    ]);
  });

  it('keeps the order of time and leaves room for a quick set-up beside a slow answer', () => {
    const { marks, bars } = layoutTimeline(call('active'), 240_000);
    const places = marks.map(({ at }) => at);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    const first = bars[0];
    expect(first && first.to - first.from).toBeGreaterThan(0.05);
  });

  it('lets an attempt that waits reach up to now', () => {
    const [attempt] = attempts;
    if (attempt === undefined) throw new Error('the fixture has attempts');
    const { endedMs: _none, ...waiting } = { ...attempt, outcome: 'waiting' as const };
    const path = { ...call('active').path, attempts: [waiting] };
    const { bars } = layoutTimeline({ path, timeline: [] }, 5_000);
    expect(bars[0]).toMatchObject({ to: 1, lengthMs: 5_000 - attempt.startedMs });
  });

  it('never leaves its frame, whatever times come in', () => {
    const time = fc.integer({ min: -50, max: 10_000_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(time, fc.option(time, { nil: undefined }))), time, (times, nowMs) => {
        const [model] = attempts;
        if (model === undefined) throw new Error('the fixture has attempts');
        const { endedMs: _none, ...rest } = model;
        const made = times.map(([startedMs, endedMs], index) => ({
          ...rest,
          id: String(index),
          startedMs,
          ...(endedMs === undefined ? {} : { endedMs }),
        }));
        const { bars } = layoutTimeline(
          { path: { ...call('active').path, attempts: made }, timeline: [] },
          nowMs,
        );
        for (const { from, to, lengthMs } of bars) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(1 + 1e-9);
          expect(lengthMs).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
