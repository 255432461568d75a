import { describe, expect, it } from 'vitest';
import { FEWEST_DAYS } from './constants.ts';
import { everyDay, localDay } from './days.ts';

describe('the days of the plot', () => {
  it('end with today and are never few', () => {
    const days = everyDay([], '2026-03-05');
    expect(days).toHaveLength(FEWEST_DAYS);
    expect(days.at(-1)).toEqual({ day: '2026-03-05', bytes: 0 });
    expect(days[0]?.day).toBe('2026-02-20');
  });

  it('begin with the first that is known, and leave none out', () => {
    const days = everyDay(
      [
        { day: '2026-02-27', bytes: 7 },
        { day: '2026-03-29', bytes: 9 },
      ],
      '2026-03-30',
    );
    expect(days).toHaveLength(32);
    expect(days[0]).toEqual({ day: '2026-02-27', bytes: 7 });
    expect(days.slice(-2)).toEqual([
      { day: '2026-03-29', bytes: 9 },
      { day: '2026-03-30', bytes: 0 },
    ]);
    expect(days.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(16);
  });

  it('go on to tomorrow where the engine is there already', () => {
    expect(everyDay([{ day: '2026-03-06', bytes: 1 }], '2026-03-05').at(-1)?.bytes).toBe(1);
  });

  it('are those of the local clock', () => {
    expect(localDay(new Date(2026, 0, 1, 0, 0, 1).getTime())).toBe('2026-01-01');
    expect(localDay(new Date(2026, 0, 1, 23, 59, 59).getTime())).toBe('2026-01-01');
  });
});
