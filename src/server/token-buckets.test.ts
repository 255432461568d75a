import { describe, expect, test } from 'vitest';
import { limitKey, plainAddress } from './source-address.ts';
import { KeyedTokenBuckets, TokenBucket } from './token-buckets.ts';

describe('token buckets', () => {
  test('give the burst at once and then the rate', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);

    expect([0, 0, 0, 0].map((atMs) => bucket.take(atMs))).toEqual([true, true, true, false]);
    expect([499, 500, 999, 1_000].map((atMs) => bucket.take(atMs))).toEqual([false, true, false, true]);
  });

  test('save up no more than the burst', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 0);

    expect([1e9, 1e9, 1e9].map((atMs) => bucket.take(atMs))).toEqual([true, true, false]);
  });

  test('by key remember only so many, and forget the one unused longest', () => {
    const buckets = new KeyedTokenBuckets({ perSecond: 0, burst: 1 }, 2);
    buckets.take('a', 0);
    buckets.take('b', 0);
    buckets.take('a', 0);

    buckets.take('c', 0);

    expect(buckets.size).toBe(2);
    expect(buckets.take('a', 0)).toBe(false);
    expect(buckets.take('b', 0)).toBe(true);
  });

  test('of several keys give one of each, or none', () => {
    const buckets = new KeyedTokenBuckets({ perSecond: 0, burst: 2 }, 10);
    buckets.take('address', 0);
    buckets.take('address', 0);

    expect(buckets.takeAll(['user', 'address'], 0)).toBe(false);
    expect(buckets.takeAll(['user', 'user', 'other address'], 0)).toBe(true);
    expect(buckets.takeAll(['user'], 0)).toBe(true);
    expect(buckets.takeAll(['user'], 0)).toBe(false);
  });
});

describe('source addresses', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, key) => {
    expect(limitKey(address)).toBe(key);
  });

  test('are told without zone', () => {
    expect(plainAddress('fe80::1%eth0')).toBe('fe80::1');
  });
});
