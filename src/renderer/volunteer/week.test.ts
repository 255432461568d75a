import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeeklyWindow } from '../../shared/volunteer.ts';
import {
  edited,
  endsNextDay,
  FIRST_WINDOW,
  MINUTES_OF_DAY,
  stretchesOf,
  timeOf,
  WEEK,
  windowOf,
} from './week.ts';

const anyWindow = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
  fromMinute: fc.integer({ min: 0, max: 1_439 }),
  toMinute: fc.integer({ min: 0, max: 1_440 }),
});
/** How long it is, with the end on the day after where it does not come later than the beginning. */
const lengthOf = ({ fromMinute, toMinute }: WeeklyWindow) =>
  toMinute - fromMinute + (toMinute <= fromMinute ? MINUTES_OF_DAY : 0);

describe('a window of the week', () => {
  it('is edited and kept without changing its meaning', () => {
    fc.assert(
      fc.property(anyWindow, (window) => {
        const kept = windowOf(edited(window));
        expect(WeeklyWindow.parse(kept)).toEqual(kept);
        expect([...(kept?.days ?? [])].sort()).toEqual([...window.days].sort());
        expect(kept?.fromMinute).toBe(window.fromMinute);
        // A whole day and the end of a day are written as midnight.
        if (kept) expect(lengthOf(kept)).toBe(lengthOf(window));
      }),
    );
  });

  it('cannot be kept while a day or a time is missing', () => {
    const whole = edited(FIRST_WINDOW);
    expect(windowOf({ ...whole, days: [] })).toBeUndefined();
    expect(windowOf({ ...whole, from: '' })).toBeUndefined();
    expect(windowOf({ ...whole, to: '' })).toBeUndefined();
  });

  it('is said to end on the next day, except at midnight', () => {
    const from = (fromMinute: number, toMinute: number) =>
      endsNextDay(edited({ days: [1], fromMinute, toMinute }));
    expect(from(22 * 60, 8 * 60)).toBe(true);
    expect(from(8 * 60, 22 * 60)).toBe(false);
    expect(from(22 * 60, 0)).toBe(false);
    expect(from(22 * 60, 1_440)).toBe(false);
    expect(from(8 * 60, 8 * 60)).toBe(true);
  });

  it('shows times as time fields have them', () => {
    expect([0, 425, 1_439, 1_440].map(timeOf)).toEqual(['00:00', '07:05', '23:59', '00:00']);
  });
});

describe('the picture of a week', () => {
  it('draws a night on two days', () => {
    const monday = { ...FIRST_WINDOW, days: [1] };
    expect(stretchesOf(1, [monday])).toEqual([{ fromMinute: 1_320, toMinute: 1_440 }]);
    expect(stretchesOf(2, [monday])).toEqual([{ fromMinute: 0, toMinute: 480 }]);
    expect(stretchesOf(0, [{ ...FIRST_WINDOW, days: [6] }])).toEqual([{ fromMinute: 0, toMinute: 480 }]);
  });

  it('draws every minute of every window once', () => {
    fc.assert(
      fc.property(anyWindow, (window) => {
        const drawn = WEEK.flatMap((day) => stretchesOf(day, [window]));
        const minutes = drawn.reduce((sum, { fromMinute, toMinute }) => sum + toMinute - fromMinute, 0);
        expect(minutes).toBe(lengthOf(window) * window.days.length);
        expect(drawn.every(({ fromMinute, toMinute }) => fromMinute < toMinute)).toBe(true);
      }),
    );
  });
});
