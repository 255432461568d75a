/** Plaintexts come in a few sizes, so that the size of an envelope says little about what is in it. */
import { PADDED_SIZES } from './constants.ts';

/** ISO/IEC 7816-4: the byte that ends the content; zeros follow. */
const END = 0x80;

/** The bytes, the end mark, and zeros up to the next size; `null` for more than the largest holds. */
export function pad(bytes: Uint8Array): Buffer | null {
  const size = PADDED_SIZES.find((candidate) => candidate > bytes.length);
  if (size === undefined) return null;
  const padded = Buffer.alloc(size);
  padded.set(bytes);
  padded[bytes.length] = END;
  return padded;
}

/** What was padded; `null` where there is no end mark. */
export function unpad(padded: Buffer): Buffer | null {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  return end >= 0 && padded[end] === END ? padded.subarray(0, end) : null;
}
