import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WeeklyWindow } from '../../../shared/volunteer.ts';
import { lookAtSchedule } from './schedule.ts';

const MINUTE_MS = 60_000;
const WEEKDAYS = [1, 2, 3, 4, 5];

beforeEach(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const at = (text: string) => new Date(text).getTime();
const hours = (days: number[], from: number, to: number): WeeklyWindow => ({
  days,
  fromMinute: from * 60,
  toMinute: to * 60,
});
function moment(windows: WeeklyWindow[], text: string) {
  const { inside, untilMs } = lookAtSchedule(windows, at(text));
  return [inside, untilMs === undefined ? undefined : new Date(untilMs).toISOString()];
}

test('the clock of the tests is one with a change of hours', () => {
  expect(new Date('2027-03-28T00:59:00Z').getHours()).toBe(1);
  expect(new Date('2027-03-28T01:00:00Z').getHours()).toBe(3);
});

describe('a window', () => {
  test('is open from its first minute on, and closed at its last', () => {
    const evenings = [hours(WEEKDAYS, 18, 23)];

    // 2027-01-13 is a Wednesday.
    expect(moment(evenings, '2027-01-13T17:59:59+01:00')).toEqual([false, '2027-01-13T17:00:00.000Z']);
    expect(moment(evenings, '2027-01-13T18:00:00+01:00')).toEqual([true, '2027-01-13T22:00:00.000Z']);
    expect(moment(evenings, '2027-01-13T23:00:00+01:00')).toEqual([false, '2027-01-14T17:00:00.000Z']);
  });

  test('that is not open at the weekend opens on Monday', () => {
    expect(moment([hours(WEEKDAYS, 18, 23)], '2027-01-15T23:30:00+01:00')).toEqual([
      false,
      '2027-01-18T17:00:00.000Z',
    ]);
  });

  test('may go past midnight, into a day that is not named', () => {
    const fridayNight = [hours([5], 22, 6)];

    expect(moment(fridayNight, '2027-01-16T05:59:00+01:00')).toEqual([true, '2027-01-16T05:00:00.000Z']);
    expect(moment(fridayNight, '2027-01-16T06:00:00+01:00')).toEqual([false, '2027-01-22T21:00:00.000Z']);
  });

  test('that ends where it begins lasts a day', () => {
    expect(moment([hours([6], 10, 10)], '2027-01-17T09:00:00+01:00')).toEqual([
      true,
      '2027-01-17T09:00:00.000Z',
    ]);
  });

  test('that touches the next is one with it', () => {
    const windows = [hours([3], 18, 24), hours([4], 0, 6), hours([4], 5, 7)];

    expect(moment(windows, '2027-01-13T20:00:00+01:00')).toEqual([true, '2027-01-14T06:00:00.000Z']);
  });

  test('of every day and all day never closes', () => {
    expect(moment([hours([0, 1, 2, 3, 4, 5, 6], 0, 24)], '2027-01-13T20:00:00+01:00')).toEqual([
      true,
      undefined,
    ]);
    expect(moment([hours([0, 1, 2, 3, 4, 5, 6], 7, 7)], '2027-03-27T20:00:00+01:00')).toEqual([
      true,
      undefined,
    ]);
  });
});

describe('the change of hours', () => {
  test('leaves a window at its hours by the clock on the wall', () => {
    const mornings = [hours([0, 1, 2, 3, 4, 5, 6], 6, 8)];

    expect(moment(mornings, '2027-03-27T12:00:00+01:00')).toEqual([false, '2027-03-28T04:00:00.000Z']);
    expect(moment(mornings, '2027-10-30T12:00:00+02:00')).toEqual([false, '2027-10-31T05:00:00.000Z']);
  });

  test('makes a night shorter in spring and longer in autumn', () => {
    const nights = [hours([6], 22, 6)];
    const lengthH = (text: string) =>
      ((lookAtSchedule(nights, at(text)).untilMs ?? 0) - at(text)) / 3_600_000;

    expect(lengthH('2027-03-27T22:00:00+01:00')).toBe(7);
    expect(lengthH('2027-10-30T22:00:00+02:00')).toBe(9);
  });

  test('moves a window in the hour that is skipped', () => {
    const early = [{ days: [0], fromMinute: 135, toMinute: 165 }];

    expect(moment(early, '2027-03-28T00:00:00+01:00')).toEqual([false, '2027-03-28T01:15:00.000Z']);
  });
});

describe('any schedule', () => {
  const window = fc.record({
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
    fromMinute: fc.integer({ min: 0, max: 1_439 }),
    toMinute: fc.integer({ min: 0, max: 1_440 }),
  });
  const windows = fc.array(window, { minLength: 1, maxLength: 6 });
  const now = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2029-01-01T00:00:00Z') });

  /** By the words of the contract, for days on which no hour is skipped or doubled. */
  function isInside(list: WeeklyWindow[], nowMs: number): boolean {
    const local = new Date(nowMs);
    const minute = local.getHours() * 60 + local.getMinutes();
    const [today, yesterday] = [local.getDay(), (local.getDay() + 6) % 7];
    return list.some(({ days, fromMinute, toMinute }) => {
      const isOvernight = toMinute <= fromMinute;
      return (
        (days.includes(today) && minute >= fromMinute && (isOvernight || minute < toMinute)) ||
        (isOvernight && days.includes(yesterday) && minute < toMinute)
      );
    });
  }

  test('is what its words say', () => {
    vi.stubEnv('TZ', 'UTC');
    fc.assert(
      fc.property(windows, now, (list, nowMs) => {
        expect(lookAtSchedule(list, nowMs).inside).toBe(isInside(list, nowMs));
      }),
      { numRuns: 500 },
    );
  });

  test('changes exactly when it says, at every clock', () => {
    fc.assert(
      fc.property(
        windows,
        now,
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Asia/Beirut'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, nowMs, zone, part) => {
          vi.stubEnv('TZ', zone);
          const { inside, untilMs } = lookAtSchedule(list, nowMs);
          const endMs = untilMs ?? nowMs + 7 * 1_440 * MINUTE_MS;
          expect(endMs).toBeGreaterThan(nowMs);
          expect(endMs - nowMs).toBeLessThanOrEqual(9 * 1_440 * MINUTE_MS);
          // Nothing changes on the way there, and then it does.
          const between = Math.floor(nowMs + part * (endMs - nowMs - 1));
          expect(lookAtSchedule(list, between).inside).toBe(inside);
          if (untilMs !== undefined) expect(lookAtSchedule(list, untilMs).inside).toBe(!inside);
        },
      ),
      { numRuns: 500 },
    );
  });
});
