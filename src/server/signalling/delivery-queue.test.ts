import { expect, test } from 'vitest';
import type { Letter } from '../store/index.ts';
import { DeliveryQueue } from './delivery-queue.ts';

const LIMITS = { queuedEnvelopes: 8, queuedBytes: 8_192, resumableMs: 1_000 };
let sequence = 0;

function letter(from = 'alice', sealed = 'AAAA'): Letter {
  sequence++;
  return {
    sequence,
    envelope: { id: `id-${sequence}`, from, fromDevice: 'desk', to: 'bob', sentAt: 0, sealed },
  };
}

test('gives back in order what has not been acknowledged', () => {
  const queue = new DeliveryQueue(LIMITS);
  const [first, second, third] = [letter(), letter('carol'), letter('dave')];
  for (const each of [first, second, third]) queue.add(each, 0);

  queue.remove(second.envelope.id);
  queue.remove('unknown');

  expect(queue.letters).toEqual([first, third]);
});

test('takes one name once', () => {
  const queue = new DeliveryQueue(LIMITS);
  const once = letter();

  expect([queue.add(once, 0), queue.add(once, 0)]).toEqual([true, false]);
});

test('has room again for what was acknowledged, in number and in bytes', () => {
  const queue = new DeliveryQueue(LIMITS);

  for (let round = 0; round < 100; round++) {
    const each = letter('alice', 'A'.repeat(1_000));
    expect(queue.add(each, 0)).toBe(true);
    queue.remove(each.envelope.id);
  }
});

test('is full at its bytes, and one sender at a quarter of them', () => {
  const queue = new DeliveryQueue(LIMITS);
  const large = 'A'.repeat(1_000); // 1,512 bytes with what is around it: one fits in a quarter, five in all.

  expect(queue.add(letter('a', large), 0)).toBe(true);
  expect(queue.add(letter('a', large), 0)).toBe(false);
  expect(['b', 'c', 'd', 'e', 'f'].map((from) => queue.add(letter(from, large), 0))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});

test('forgets what is older than any chance to resume', () => {
  const queue = new DeliveryQueue(LIMITS);
  const old = [letter(), letter()];
  for (const each of old) queue.add(each, 0);
  expect(queue.add(letter(), 1_999)).toBe(false); // The sender's share is used up.

  const fresh = letter();
  expect(queue.add(fresh, 2_000)).toBe(true);

  expect(queue.letters).toEqual([fresh]);
});
