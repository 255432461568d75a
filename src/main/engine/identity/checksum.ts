/**
 * The checksum of links and spelled IDs: CRC-32 with the polynomial of IEEE 802.3, most significant bit first.
 *
 * A CRC and not a hash, because it promises what a hash only makes likely: a burst of errors no longer than 32 bits is
 * always found. One wrong character (5 or 6 bits), two neighbours swapped, or a whole group of four misheard is such a burst.
 * Anything else slips through once in 4 billion. It is no protection against malice and need not be: whoever can change a
 * link can make a key and a checksum of their own.
 */
import { CHECKSUM_BYTES, CHECKSUM_PREFIX } from './constants.ts';

const POLYNOMIAL = 0x04c11db7;

/** The four bytes that follow `bytes` in a link. */
export function checksum(bytes: Uint8Array): Buffer {
  let remainder = 0xffffffff;
  for (const byte of [...Buffer.from(CHECKSUM_PREFIX), ...bytes]) {
    remainder ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 0x80000000 ? (remainder << 1) ^ POLYNOMIAL : remainder << 1;
    }
  }
  const result = Buffer.alloc(CHECKSUM_BYTES);
  result.writeUInt32BE(~remainder >>> 0);
  return result;
}
