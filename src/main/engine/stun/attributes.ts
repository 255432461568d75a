/**
 * STUN attributes one at a time: what each means, and how its value is read and written (RFC 8489 §14, RFC 8445 §16.1,
 * RFC 5780 §7).
 */
import {
  CHANGE_ADDRESS_FLAG,
  CHANGE_PORT_FLAG,
  FINGERPRINT_XOR,
  INTEGRITY_BYTES,
  MAGIC_COOKIE,
  MAX_TEXT_BYTES,
  MAX_USERNAME_BYTES,
} from './constants.ts';
import { bytesToIp, ipToBytes } from './ip.ts';

/** Attributes whose value is an address and a port. RFC 5780 §7.3 and §7.4 give theirs MAPPED-ADDRESS's form, not XORed. */
type AddressAttributeName = 'mapped-address' | 'xor-mapped-address' | 'response-origin' | 'other-address';

export type StunAttribute =
  | {
      readonly name: AddressAttributeName;
      readonly address: string;
      readonly port: number;
    }
  | { readonly name: 'username'; readonly text: string }
  | { readonly name: 'software'; readonly text: string }
  | { readonly name: 'error-code'; readonly code: number; readonly reason: string }
  | { readonly name: 'unknown-attributes'; readonly codes: readonly number[] }
  /** RFC 8445 §16.1 PRIORITY; and NOMINATION, the counter of draft-thatcher-ice-renomination. */
  | { readonly name: 'priority' | 'nomination'; readonly value: number }
  | { readonly name: 'use-candidate' }
  /** What the sender of a check sent over its pair (`path/audit`); comprehension-optional, as NOMINATION. */
  | { readonly name: 'tally'; readonly value: Buffer }
  | { readonly name: 'ice-controlled' | 'ice-controlling'; readonly tieBreaker: bigint }
  /** RFC 5780 §7.2: asks for the answer from the server's other address, other port, or both. */
  | { readonly name: 'change-request'; readonly changeAddress: boolean; readonly changePort: boolean }
  /** RFC 5780 §7.5: asks for the answer at this port of the address that the request came from. */
  | { readonly name: 'response-port'; readonly port: number }
  /** Present in what was read; what is written gets it from `encodeStun`'s options. */
  | { readonly name: 'message-integrity'; readonly hmac: Buffer }
  | { readonly name: 'fingerprint'; readonly crc: number }
  /** Any attribute this codec has no word for. */
  | { readonly name: 'other'; readonly code: number; readonly value: Buffer };

export type StunAttributeName = StunAttribute['name'];

/** RFC 8489 §18.3, RFC 8445 §16.1, RFC 5780 §10.1. NOMINATION is the code libwebrtc uses for it, in the comprehension-optional half. */
export const ATTRIBUTE_CODE = {
  'mapped-address': 0x0001,
  'change-request': 0x0003,
  username: 0x0006,
  'message-integrity': 0x0008,
  'error-code': 0x0009,
  'unknown-attributes': 0x000a,
  'xor-mapped-address': 0x0020,
  priority: 0x0024,
  'use-candidate': 0x0025,
  'response-port': 0x0027,
  software: 0x8022,
  fingerprint: 0x8028,
  'ice-controlled': 0x8029,
  'ice-controlling': 0x802a,
  'response-origin': 0x802b,
  'other-address': 0x802c,
  nomination: 0xc001,
  tally: 0xc0b7,
} as const satisfies Record<Exclude<StunAttributeName, 'other'>, number>;

const NAME_OF_CODE = new Map<number, Exclude<StunAttributeName, 'other'>>(
  Object.entries(ATTRIBUTE_CODE).map(([name, code]) => [code, name as Exclude<StunAttributeName, 'other'>]),
);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one attribute's value. Null when a known attribute is malformed.
 *
 * @param header the 20 bytes of the message's header, which addresses are XORed with
 */
export function decodeAttribute(code: number, value: Buffer, header: Buffer): StunAttribute | null {
  const name = NAME_OF_CODE.get(code);
  switch (name) {
    case undefined:
      return { name: 'other', code, value };
    case 'mapped-address':
    case 'xor-mapped-address':
    case 'response-origin':
    case 'other-address':
      return decodeAddress(name, value, header);
    case 'username':
    case 'software': {
      if (value.length > (name === 'username' ? MAX_USERNAME_BYTES : MAX_TEXT_BYTES)) return null;
      const text = decodeText(value);
      return text === null ? null : { name, text };
    }
    case 'error-code':
      return decodeErrorCode(value);
    case 'unknown-attributes': {
      if (value.length % 2 !== 0) return null;
      const codes = Array.from({ length: value.length / 2 }, (_, index) => value.readUInt16BE(index * 2));
      return { name, codes };
    }
    case 'priority':
    case 'nomination':
      return value.length === 4 ? { name, value: value.readUInt32BE(0) } : null;
    case 'use-candidate':
      return value.length === 0 ? { name } : null;
    case 'tally':
      return { name, value };
    case 'ice-controlled':
    case 'ice-controlling':
      return value.length === 8 ? { name, tieBreaker: value.readBigUInt64BE(0) } : null;
    case 'change-request':
      return decodeChangeRequest(value);
    case 'response-port':
      return decodeResponsePort(value);
    case 'message-integrity':
      return value.length === INTEGRITY_BYTES ? { name, hmac: value } : null;
    case 'fingerprint':
      return value.length === 4 ? { name, crc: (value.readUInt32BE(0) ^ FINGERPRINT_XOR) >>> 0 } : null;
  }
}

function decodeText(value: Buffer): string | null {
  try {
    return utf8.decode(value);
  } catch {
    return null; // Not UTF-8: the message is malformed.
  }
}

/** RFC 8489 §14.1, §14.2. */
function decodeAddress(name: AddressAttributeName, value: Buffer, header: Buffer): StunAttribute | null {
  const family = value[1];
  const length = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (length === 0 || value.length !== 4 + length) return null;
  if (name !== 'xor-mapped-address') {
    return { name, address: bytesToIp(value.subarray(4)), port: value.readUInt16BE(2) };
  }
  const bytes = Buffer.from(value.subarray(4));
  xorWithHeader(bytes, header);
  return { name, address: bytesToIp(bytes), port: value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16) };
}

/** RFC 8489 §14.2: the cookie, and for IPv6 the transaction ID after it, which follow each other in the header. */
function xorWithHeader(bytes: Buffer, header: Buffer): void {
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (bytes[index] ?? 0) ^ (header[4 + index] ?? 0);
  }
}

/** RFC 8489 §14.8. */
function decodeErrorCode(value: Buffer): StunAttribute | null {
  if (value.length < 4 || value.length > 4 + MAX_TEXT_BYTES) return null;
  const hundreds = (value[2] ?? 0) & 0x07;
  const rest = value[3] ?? 0;
  const reason = decodeText(value.subarray(4));
  if (hundreds < 3 || hundreds > 6 || rest > 99 || reason === null) return null;
  return { name: 'error-code', code: hundreds * 100 + rest, reason };
}

/** RFC 5780 §7.2: 32 bits, of which two mean something; what the others are is left to the sender. */
function decodeChangeRequest(value: Buffer): StunAttribute | null {
  if (value.length !== 4) return null;
  const flags = value.readUInt32BE(0);
  return {
    name: 'change-request',
    changeAddress: (flags & CHANGE_ADDRESS_FLAG) !== 0,
    changePort: (flags & CHANGE_PORT_FLAG) !== 0,
  };
}

/** RFC 5780 §7.5: 16 bits and 16 of padding, which some senders count into the length and some do not. */
function decodeResponsePort(value: Buffer): StunAttribute | null {
  if (value.length !== 2 && value.length !== 4) return null;
  return { name: 'response-port', port: value.readUInt16BE(0) };
}

/**
 * The code and value of one attribute as it goes on the wire, without padding.
 *
 * @throws TypeError when an address is not one: that is this program's mistake, never the network's
 */
export function encodeAttribute(attribute: StunAttribute, header: Buffer): { code: number; value: Buffer } {
  if (attribute.name === 'other') return { code: attribute.code, value: attribute.value };
  return { code: ATTRIBUTE_CODE[attribute.name], value: encodeValue(attribute, header) };
}

function encodeValue(attribute: Exclude<StunAttribute, { name: 'other' }>, header: Buffer): Buffer {
  switch (attribute.name) {
    case 'mapped-address':
    case 'xor-mapped-address':
    case 'response-origin':
    case 'other-address':
      return encodeAddress(attribute, header);
    case 'username':
    case 'software':
      return Buffer.from(attribute.text, 'utf8');
    case 'error-code': {
      const head = Buffer.from([0, 0, Math.trunc(attribute.code / 100), attribute.code % 100]);
      return Buffer.concat([head, Buffer.from(attribute.reason, 'utf8')]);
    }
    case 'unknown-attributes': {
      const value = Buffer.alloc(attribute.codes.length * 2);
      attribute.codes.forEach((code, index) => {
        value.writeUInt16BE(code, index * 2);
      });
      return value;
    }
    case 'priority':
    case 'nomination':
      return uint32(attribute.value);
    case 'use-candidate':
      return Buffer.alloc(0);
    case 'tally':
      return attribute.value;
    case 'ice-controlled':
    case 'ice-controlling': {
      const value = Buffer.alloc(8);
      value.writeBigUInt64BE(attribute.tieBreaker);
      return value;
    }
    case 'change-request':
      return uint32(
        (attribute.changeAddress ? CHANGE_ADDRESS_FLAG : 0) | (attribute.changePort ? CHANGE_PORT_FLAG : 0),
      );
    case 'response-port':
      return uint32(attribute.port * 0x1_0000);
    case 'message-integrity':
      return attribute.hmac;
    case 'fingerprint':
      return uint32((attribute.crc ^ FINGERPRINT_XOR) >>> 0);
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function encodeAddress(
  attribute: { name: AddressAttributeName; address: string; port: number },
  header: Buffer,
): Buffer {
  const bytes = ipToBytes(attribute.address);
  if (bytes === null) throw new TypeError(`not an IP address: ${attribute.address}`);
  const xored = attribute.name === 'xor-mapped-address';
  if (xored) xorWithHeader(bytes, header);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(xored ? attribute.port ^ (MAGIC_COOKIE >>> 16) : attribute.port, 2);
  bytes.copy(value, 4);
  return value;
}
