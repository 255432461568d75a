/** How an identity is passed on: as a link or QR code, or spelled for reading aloud. Both carry the same 36 bytes. */
import { UserId } from '../../../shared/words.ts';
import { checksum } from './checksum.ts';
import {
  KEY_BYTES,
  LINK_CODE_LENGTH,
  LINK_PREFIX,
  MAX_LINK_TEXT,
  SPELLING_ALPHABET,
  SPELLING_GROUP,
  SPELLING_LENGTH,
  SPELLING_PREFIX,
} from './constants.ts';
import { LinkChecksumError, LinkUnreadableError } from './errors.ts';
import { isPublicKey } from './public-key.ts';

/** `byway://add/` and 48 characters: key and checksum, base64url. */
export function linkFor(userId: UserId): string {
  return LINK_PREFIX + withChecksum(userId).toString('base64url');
}

/** Fifteen groups of four characters, the same key and checksum, for reading aloud. `parseLink` takes it back. */
export function spell(userId: UserId): string {
  const characters = SPELLING_PREFIX + toBase32(withChecksum(userId));
  return (characters.match(new RegExp(`.{1,${SPELLING_GROUP}}`, 'g')) ?? []).join(' ');
}

/**
 * The user ID in a link or a spelled ID. White space around a link does not matter; in a spelled ID neither do case, spaces,
 * hyphens, and the letters I, L and O for the digits 1 and 0.
 * @throws LinkUnreadableError when it is neither, or incomplete
 * @throws LinkChecksumError when a character is wrong
 */
export function parseLink(text: string): UserId {
  if (text.length > MAX_LINK_TEXT) throw new LinkUnreadableError('this is too long for a Byway link');
  const trimmed = text.trim();
  const bytes = /^byway:/i.test(trimmed) ? linkBytes(trimmed) : spelledBytes(trimmed);
  const key = bytes.subarray(0, KEY_BYTES);
  if (!checksum(key).equals(bytes.subarray(KEY_BYTES))) {
    throw new LinkChecksumError('a character of this link or ID is wrong');
  }
  if (!isPublicKey(key)) throw new LinkUnreadableError('nobody can have this ID');
  return key.toString('base64url');
}

function withChecksum(userId: UserId): Buffer {
  const key = Buffer.from(UserId.parse(userId), 'base64url');
  return Buffer.concat([key, checksum(key)]);
}

/** Scheme and host are read in any case (RFC 3986 §3.1, §3.2.2), and some systems add a slash at the end. */
function linkBytes(text: string): Buffer {
  const code = text.slice(LINK_PREFIX.length).replace(/\/$/, '');
  const prefixed = text.slice(0, LINK_PREFIX.length).toLowerCase() === LINK_PREFIX;
  if (!prefixed || code.length !== LINK_CODE_LENGTH || !/^[A-Za-z0-9_-]+$/.test(code)) {
    throw new LinkUnreadableError('this is not a complete Byway link');
  }
  return Buffer.from(code, 'base64url');
}

function spelledBytes(text: string): Buffer {
  const characters = text.replace(/[\s-]/g, '').toUpperCase().replace(/[IL]/g, '1').replace(/O/g, '0');
  const complete = characters.length === SPELLING_LENGTH && characters.startsWith(SPELLING_PREFIX);
  const bytes = complete ? fromBase32(characters.slice(SPELLING_PREFIX.length)) : null;
  if (bytes === null) throw new LinkUnreadableError('this is neither a Byway link nor a complete spelled ID');
  return bytes;
}

function toBase32(bytes: Buffer): string {
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= 5) {
      heldBits -= 5;
      text += SPELLING_ALPHABET.charAt((held >> heldBits) & 31);
    }
    held &= (1 << heldBits) - 1;
  }
  return heldBits === 0 ? text : text + SPELLING_ALPHABET.charAt((held << (5 - heldBits)) & 31);
}

/** `null` for a character outside the alphabet. Spare bits that are not zero are a wrong character too. */
function fromBase32(text: string): Buffer | null {
  const bytes: number[] = [];
  let held = 0;
  let heldBits = 0;
  for (const character of text) {
    const value = SPELLING_ALPHABET.indexOf(character);
    if (value < 0) return null;
    held = (held << 5) | value;
    heldBits += 5;
    if (heldBits >= 8) {
      heldBits -= 8;
      bytes.push(held >> heldBits);
      held &= (1 << heldBits) - 1;
    }
  }
  if (held !== 0) throw new LinkChecksumError('a character of this ID is wrong');
  return Buffer.from(bytes);
}
