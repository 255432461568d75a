import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber, writeNumber } from './number-entry.ts';

const rate = { least: 0.1, most: 1_000, decimals: 1 };
const amount = { least: 1, most: 100_000, decimals: 0 };

describe('a number that was typed', () => {
  it('may have a point or a comma', () => {
    expect(readNumber('2.5', 'en', rate)).toBe(2.5);
    expect(readNumber('2,5', 'en', rate)).toBe(2.5);
    expect(readNumber(' 2,5 ', 'de', rate)).toBe(2.5);
    expect(readNumber('2.5', 'de', rate)).toBe(2.5);
    expect(readNumber('.5', 'en', rate)).toBe(0.5);
  });

  it('may have groups of three, as its language writes them', () => {
    expect(readNumber('1,000', 'en', amount)).toBe(1_000);
    expect(readNumber('1.000', 'de', amount)).toBe(1_000);
    expect(readNumber('100 000', 'en', amount)).toBe(100_000);
    expect(readNumber('1,000.0', 'en', rate)).toBe(1_000);
    expect(readNumber('1.000', 'en', rate)).toBe(1);
  });

  it('is none when it is something else, or too small, or too large', () => {
    for (const text of ['', 'ten', '-3', '1e3', '1.2.3', '0', '100001', '0x10', '١']) {
      expect(readNumber(text, 'en', amount), text).toBeUndefined();
    }
  });

  it('is rounded to the digits that count, and only then judged', () => {
    expect(readNumber('2.46', 'en', rate)).toBe(2.5);
    expect(readNumber('0.04', 'en', rate)).toBeUndefined();
    expect(readNumber('1000.04', 'en', rate)).toBe(1_000);
  });

  it('is read as it was written, in both languages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.constantFrom('en', 'de'), (tenths, language) => {
        const value = tenths / 10;
        expect(readNumber(writeNumber(value, language, rate), language, rate)).toBe(value);
      }),
    );
  });
});
