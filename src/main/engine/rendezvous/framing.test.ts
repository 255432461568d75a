import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SealedEnvelope } from '../../../shared/rendezvous.ts';
import { PADDED_SIZES } from './constants.ts';
import { fromBytes, toBytes } from './framing.ts';
import { pad, unpad } from './padding.ts';

const text = (length: number) => randomBytes(length).toString('base64url');
const envelope = (sealedBytes: number, toDevice?: string): SealedEnvelope => ({
  id: text(16),
  from: text(32),
  fromDevice: text(12),
  to: text(32),
  ...(toDevice === undefined ? {} : { toDevice }),
  sentAt: 1_800_000_000_123,
  sealed: text(sealedBytes),
});

describe('an envelope in bytes', () => {
  test.each([
    ['for all machines', envelope(560)],
    ['for one machine', envelope(560, text(12))],
    ['of the largest size', envelope(36_864, text(12))],
  ])('comes back as it was: %s', (_, original) => {
    expect(fromBytes(toBytes(original))).toEqual(original);
  });

  test('fits one datagram of any IPv6 network in the two small sizes', () => {
    const largest = toBytes(envelope(PADDED_SIZES[1] + 48, text(12))).length;

    // 1,280 less 40 of IPv6, 8 of UDP and 4 of ChannelData.
    expect(largest).toBeLessThanOrEqual(1_228);
  });

  test('is null for garbage, and an envelope by the contract for all else', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom([], [1, 0], [1, 1], [2, 0], [1, 2]),
        (bytes, head) => {
          const read = fromBytes(Buffer.from([...head, ...bytes]));
          if (read !== null) expect(SealedEnvelope.safeParse(read).success).toBe(true);
        },
      ),
    );
  });

  test('is null when anything but the seal is cut off, and when it is too large', () => {
    const bytes = toBytes(envelope(48, text(12)));
    for (let length = 0; length < bytes.length; length++)
      expect(fromBytes(bytes.subarray(0, length))).toBeNull();
    expect(fromBytes(bytes)).not.toBeNull();
    expect(fromBytes(toBytes(envelope(36_865)))).toBeNull();
  });
});

describe('padding', () => {
  test('comes off again, whatever the content ends with', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (content) => {
        const padded = pad(content);
        expect(PADDED_SIZES).toContain(padded?.length);
        expect(unpad(padded ?? Buffer.of())).toEqual(Buffer.from(content));
      }),
    );
  });

  test('is refused where its end mark is missing', () => {
    expect(unpad(Buffer.alloc(512))).toBeNull();
    expect(unpad(Buffer.alloc(0))).toBeNull();
    expect(unpad(Buffer.from('content'))).toBeNull();
  });
});
