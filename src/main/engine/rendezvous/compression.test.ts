import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signal } from '../../../shared/signal.ts';
import { compress, DICTIONARY, decompress } from './compression.ts';
import { MAX_SIGNAL_BYTES, PADDED_SIZES } from './constants.ts';
import { SAMPLE_INVITE, SAMPLE_SIGNALS } from './sample-signals.ts';

describe('a compressed signal', () => {
  test('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 2_000 }), (text) => {
        expect(decompress(compress(text) ?? Buffer.of())).toBe(text);
      }),
    );
  });

  test('fits one packet to the server where it is an invitation of a Chromium like ours', () => {
    for (let times = 0; times < 20; times++) {
      const compressed = compress(ofAnotherCall(JSON.stringify(SAMPLE_INVITE)));

      expect(compressed?.length).toBeLessThan(PADDED_SIZES[1]);
    }
  });

  test('holds the longest that may be said, and no more', () => {
    const longest = randomBytes(MAX_SIGNAL_BYTES).toString('base64').slice(0, MAX_SIGNAL_BYTES);

    expect(decompress(compress(longest) ?? Buffer.of())).toBe(longest);
    expect(compress(`${longest}.`)).toBeNull();
  });

  test('is null for what is no such thing, and for what would grow without end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const text = decompress(Buffer.from(bytes));
        if (text !== null) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3 * MAX_SIGNAL_BYTES);
      }),
    );
    const bomb = deflateRawSync(Buffer.alloc(10 * MAX_SIGNAL_BYTES, 'a=rtcp-mux '));
    expect(bomb.length).toBeLessThan(4_096);
    expect(decompress(bomb)).toBeNull();
    expect(decompress(compress('cut off in the middle of it')?.subarray(0, 9) ?? Buffer.of())).toBeNull();
  });
});

describe('the dictionary', () => {
  test('is the one of docs/protocol.md: with another one no older Byway is understood', () => {
    expect(createHash('sha256').update(DICTIONARY).digest('hex')).toBe(
      '7b7d0ca1935c573c3f36323947a591df6cf71b75d787fe410fecde3df9524cee',
    );
  });

  test.each(SAMPLE_SIGNALS.map((signal) => [signal.type, signal]))('has a %s as it is said', (_, signal) => {
    expect(Signal.parse(signal)).toEqual(signal);
  });
});

/** The same with other identifiers, keys, addresses and numbers of sources; what was the same in two places still is. */
function ofAnotherCall(text: string): string {
  const others = new Map<string, string>();
  const other = (make: (length: number) => string) => (known: string) => {
    const made = others.get(known) ?? make(known.length);
    others.set(known, made);
    return made;
  };
  const random = (alphabet: string, length: number) =>
    Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
  const base64 = (length: number) => randomBytes(length).toString('base64').slice(0, length);
  const digits = (length: number) => random('123456789', length);
  const fingerprint = () => random('0123456789ABCDEF', 64).match(/../g)?.join(':') ?? '';
  return text
    .replaceAll(/A{4,}/g, other(base64))
    .replaceAll(/\b50000\b|\b[123]0{9,}\b/g, other(digits))
    .replaceAll(
      /0{8}-0000-4000-8000-0{11}./g,
      other(() => crypto.randomUUID()),
    )
    .replaceAll(/(00:){31}00/g, other(fingerprint))
    .replaceAll(
      '203.0.113.1',
      other(() => `198.51.100.${digits(2)}`),
    );
}
