/**
 * Signals made small: raw DEFLATE (RFC 1951) with a preset dictionary, as RFC 3320 does it for the words of SIP and SDP.
 *
 * A session description is 6 kB of which two sides have written most before; compressed so, an invitation is 0.5 kB and crosses the network
 * in one packet instead of eight. On a line that loses one packet in ten that is the difference between one round trip and many seconds.
 * Nobody but its sender puts anything into a signal, so its size says nothing of what else is in it (RFC 3749 §6); it is padded after.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MAX_SIGNAL_BYTES } from './constants.ts';
import { SAMPLE_SIGNALS } from './sample-signals.ts';

/** Both sides must have the same one, byte by byte: it is part of the protocol, and its digest is in docs/protocol.md. */
export const DICTIONARY = Buffer.from(SAMPLE_SIGNALS.map((signal) => JSON.stringify(signal)).join(''));

/** The text in fewer bytes; `null` for one of more than `MAX_SIGNAL_BYTES`. */
export function compress(text: string): Buffer | null {
  const bytes = Buffer.from(text);
  return bytes.length > MAX_SIGNAL_BYTES ? null : deflateRawSync(bytes, { dictionary: DICTIONARY });
}

/** What was compressed; `null` for bytes that are no such thing, or would become more than `MAX_SIGNAL_BYTES`. */
export function decompress(bytes: Buffer): string | null {
  try {
    const options = { dictionary: DICTIONARY, maxOutputLength: MAX_SIGNAL_BYTES };
    return inflateRawSync(bytes, options).toString();
  } catch {
    return null; // Not DEFLATE, or a bomb.
  }
}
