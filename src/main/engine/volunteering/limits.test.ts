import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../store/index.ts';
import { ALLOWANCE_END_MS, GB, LEAST_KBIT_PER_S } from './constants.ts';
import { allowanceOf, bytesIn, capOf, isUsedUp, limitOf } from './limits.ts';

const settings = { ...DEFAULT_SETTINGS.volunteer, upKbitPerS: 10_000, downKbitPerS: 20_000 };
const calm = { inOwnCall: false, lineShare: 1, allowanceBytes: null, usedBytes: 0 };

describe('what all bridges together may send', () => {
  test('is the lowest of the caps', () => {
    expect(capOf(settings)).toEqual({ kbitPerS: 10_000, by: 'up' });
    expect(capOf({ ...settings, downKbitPerS: 4_000 })).toEqual({ kbitPerS: 4_000, by: 'down' });
    expect(capOf({ ...settings, lineUpKbitPerS: 8_000, linePercent: 25 })).toEqual({
      kbitPerS: 2_000,
      by: 'line-share',
    });
  });

  test('is less in an own call and while queues are long, and never less than a call with sound needs', () => {
    const cap = capOf(settings);

    expect(limitOf(cap, calm)).toEqual({ kbitPerS: 10_000, by: 'up' });
    expect(limitOf(cap, { ...calm, inOwnCall: true })).toEqual({ kbitPerS: 5_000, by: 'own-call' });
    expect(limitOf(cap, { ...calm, lineShare: 0.4 })).toEqual({ kbitPerS: 4_000, by: 'latency' });
    expect(limitOf(cap, { ...calm, inOwnCall: true, lineShare: 0.001 })).toEqual({
      kbitPerS: LEAST_KBIT_PER_S,
      by: 'latency',
    });
    expect(limitOf({ kbitPerS: 100, by: 'up' }, { ...calm, inOwnCall: true }).kbitPerS).toBe(100);
  });

  test('is what is left of an allowance, where that would be used up before guests have moved', () => {
    const cap = { kbitPerS: 1_000_000, by: 'up' } as const;
    const { kbitPerS } = limitOf(cap, { ...calm, allowanceBytes: GB, usedBytes: 0.9 * GB });

    expect(bytesIn(kbitPerS, ALLOWANCE_END_MS)).toBeLessThanOrEqual(0.1 * GB);
    expect(limitOf(cap, { ...calm, allowanceBytes: GB, usedBytes: 2 * GB }).kbitPerS).toBe(0);
  });
});

describe('an allowance', () => {
  test('counts the GB of those who sell them', () => {
    expect(allowanceOf({ ...settings, monthlyGB: 200 })).toBe(200e9);
    expect(allowanceOf(settings)).toBeNull();
  });

  test('is used up while enough is left for guests to move', () => {
    // 5 s of 10 Mbit/s, in and out.
    const end = 12_500_000;

    expect(isUsedUp(200e9, 200e9 - end - 1, 10_000)).toBe(false);
    expect(isUsedUp(200e9, 200e9 - end, 10_000)).toBe(true);
    expect(isUsedUp(null, 1e15, 10_000)).toBe(false);
  });

  test('can be used however fast the line is', () => {
    expect(isUsedUp(GB, 0.9 * GB, 1_000_000)).toBe(false);
    expect(isUsedUp(GB, 0.95 * GB, 1_000_000)).toBe(true);
  });
});
