/** Sizes and marks of identities, links and spelled IDs. */

/** RFC 8032 §5.1.5: an Ed25519 secret key is a seed of 32 bytes, and a public key has 32. */
export const KEY_BYTES = 32;

/** CRC-32: 4 bytes. */
export const CHECKSUM_BYTES = 4;

/** What the checksum begins with, so that a checksum of something else does not pass for one of ours. */
export const CHECKSUM_PREFIX = 'byway-user-v1';

/** Links begin with this; the operating system hands them to the app. */
export const LINK_PREFIX = 'byway://add/';

/** 36 bytes in base64url, with no bit to spare. */
export const LINK_CODE_LENGTH = 48;

/**
 * Crockford's base32: digits and capitals without I, L, O and U, because the first three are read as 1, 1 and 0.
 * https://www.crockford.com/base32.html
 */
export const SPELLING_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A spelled ID begins with this, which tells it from other codes and makes its groups come out even. */
export const SPELLING_PREFIX = 'BY';

/** Characters of a spelled ID: the prefix and 36 bytes in base32, 5 bits each (58, two bits to spare). */
export const SPELLING_LENGTH = 60;

/** Characters a group: what a person keeps in mind between hearing and writing. */
export const SPELLING_GROUP = 4;

/** Longest text that is looked at for a link; far above a link with white space around it. */
export const MAX_LINK_TEXT = 512;
