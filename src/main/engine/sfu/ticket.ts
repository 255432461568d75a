/**
 * The ticket: the rendezvous server's signed, short-lived permission for one carrier to forward one call between two keys
 * that were made for it alone. Who forwards learns no identity from it (docs/protocol.md).
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto';
import type { Carrier } from '../../../shared/rendezvous.ts';
import {
  BRIDGE_ID_BYTES,
  CLOCK_TOLERANCE_MS,
  KEY_BYTES,
  MAX_TICKET_LIFE_MS,
  PLACE_BYTES,
  SIGNATURE_BYTES,
  TICKET_BYTES,
  TICKET_VERSION,
} from './constants.ts';

export type Side = 'A' | 'B';

export interface Ticket {
  /** 16 random bytes that name the bridge. */
  readonly bridgeId: Buffer;
  /** The carrier it is for: the 32 random bytes it named itself by when it started. Never a user ID. */
  readonly carrier: Buffer;
  /** `placeDigest` of where that carrier is. */
  readonly place: Buffer;
  /** The public keys of the two sides, 32 bytes each, made for this bridge. */
  readonly keys: Readonly<Record<Side, Buffer>>;
  /** ms since 1970. */
  readonly notAfter: number;
  /** The most that may be forwarded each way, kbit/s. */
  readonly kbitPerS: number;
}

const SIGNED_TEXT = Buffer.from('byway-ticket-v1\n');
const BODY_BYTES = TICKET_BYTES - SIGNATURE_BYTES;

/** What callers are told of where a carrier is. */
export type CarrierPlace = Pick<Carrier, 'kind' | 'addresses' | 'urls'>;

/**
 * What a ticket says of where its carrier is, 32 bytes. A caller who gets an offer from the other side follows it nowhere else: who
 * could name an address of their own there would learn the address of somebody who hides it, or send them against a third party.
 */
export function placeDigest({ kind, addresses, urls }: CarrierPlace): Buffer {
  const canonical = JSON.stringify([kind, addresses.map(({ host, port }) => [host, port]), urls]);
  return createHash('sha256').update(canonical).digest();
}

/** The ticket as it travels, signed. @throws RangeError when a field has the wrong size: that is this program's mistake */
export function writeTicket(ticket: Ticket, serverKey: KeyObject): Buffer {
  const { bridgeId, carrier, place, keys, notAfter, kbitPerS } = ticket;
  const parts = [Buffer.from([TICKET_VERSION]), bridgeId, carrier, place, keys.A, keys.B, Buffer.alloc(10)];
  const body = Buffer.concat(parts);
  if (body.length !== BODY_BYTES || bridgeId.length !== BRIDGE_ID_BYTES) {
    throw new RangeError('a field of the ticket has the wrong size');
  }
  body.writeUIntBE(notAfter, BODY_BYTES - 10, 6);
  body.writeUInt32BE(kbitPerS, BODY_BYTES - 4);
  return Buffer.concat([body, sign(null, Buffer.concat([SIGNED_TEXT, body]), serverKey)]);
}

/** Reads a ticket without judging it; null when it is none. The result refers to the bytes. Never throws. */
export function readTicket(bytes: Buffer): Ticket | null {
  if (bytes.length !== TICKET_BYTES || bytes[0] !== TICKET_VERSION) return null;
  let offset = 1;
  const take = (length: number): Buffer => {
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const bridgeId = take(BRIDGE_ID_BYTES);
  const carrier = take(KEY_BYTES);
  const place = take(PLACE_BYTES);
  const keys = { A: take(KEY_BYTES), B: take(KEY_BYTES) };
  const notAfter = take(6).readUIntBE(0, 6);
  return { bridgeId, carrier, place, keys, notAfter, kbitPerS: take(4).readUInt32BE(0) };
}

/** Whether the server signed it. Costs a tenth of a millisecond: only for who proved an address. Never throws. */
export function isSignedBy(bytes: Buffer, serverKey: KeyObject): boolean {
  const body = bytes.subarray(0, BODY_BYTES);
  return verify(null, Buffer.concat([SIGNED_TEXT, body]), serverKey, bytes.subarray(BODY_BYTES));
}

/** Whether it is still good, and not good for longer than the server gives. @param wallNowMs ms since 1970 */
export function isInTime({ notAfter }: Ticket, wallNowMs: number): boolean {
  return (
    notAfter > wallNowMs - CLOCK_TOLERANCE_MS &&
    notAfter <= wallNowMs + MAX_TICKET_LIFE_MS + CLOCK_TOLERANCE_MS
  );
}
