import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fairLevel } from './shares.ts';

const level = (wants: number[], total: number) => fairLevel(Float64Array.from(wants), wants.length, total);

describe('a fair share', () => {
  test('is no limit where there is enough for all', () => {
    expect(level([], 10)).toBe(Number.POSITIVE_INFINITY);
    expect(level([3, 3, 4], 10)).toBe(Number.POSITIVE_INFINITY);
  });

  test('is even among those who want more, after those who want less', () => {
    expect(level([10, 10], 10)).toBe(5);
    expect(level([1, 10, 10], 11)).toBe(5);
    expect(level([1, 2, 100, 100], 13)).toBe(5);
  });

  test('always adds up to what there is', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 50_000 }), (wants, total) => {
        const most = level(wants, total);
        const given = wants.reduce((sum, want) => sum + Math.min(want, most), 0);
        const wanted = wants.reduce((sum, want) => sum + want, 0);
        expect(given).toBeCloseTo(Math.min(wanted, total), 3);
      }),
    );
  });
});
