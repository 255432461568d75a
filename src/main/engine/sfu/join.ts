/**
 * JOIN: how a caller asks a carrier for a leg, in STUN's form (RFC 8489 §5), over UDP or in the messages of a WebSocket.
 *
 *   caller                                     carrier
 *     ticket ──────────────────────────────────▶
 *     ◀───────────────────── 401, NONCE (cookie)    nothing is stored or verified yet; shorter than the request
 *     ticket, NONCE, side, signature ──────────▶
 *     ◀──────── success: channel, lifetime, state
 *
 * This file writes and reads them, for both ends. What follows from one is decided in `bridges.ts` and by the caller's leg.
 */
import { type KeyObject, sign, verify } from 'node:crypto';
import { encodeStun, type StunAttribute, type StunMessage } from '../stun/message.ts';
import {
  ATTRIBUTE_BRIDGE,
  ATTRIBUTE_BRIDGE_STATE,
  ATTRIBUTE_CHANNEL_NUMBER,
  ATTRIBUTE_LIFETIME,
  ATTRIBUTE_NONCE,
  ATTRIBUTE_SIDE,
  ATTRIBUTE_SIGNATURE,
  ATTRIBUTE_TICKET,
  BRIDGE_ID_BYTES,
  FIRST_CHANNEL,
  LAST_CHANNEL,
  METHOD_JOIN,
  SIGNATURE_BYTES,
  TICKET_BYTES,
} from './constants.ts';
import type { Side } from './ticket.ts';

const SIGNED_TEXT = Buffer.from('byway-join-v1\n');

export interface JoinRequest {
  /** `TICKET_BYTES`, unread. */
  readonly ticket: Buffer;
  /** Absent in a first request. */
  readonly proof?: JoinProof;
}

export interface JoinProof {
  readonly side: Side;
  readonly nonce: Buffer;
  /** Of all else that is asked for (`joinText`), by the key of that side. */
  readonly signature: Buffer;
  /** The channel on which the caller wants to be sent to: who receives chooses the number. */
  readonly channel: number;
  /** Gives the leg up instead of asking for it: a LIFETIME of 0 (RFC 8656 §7.2). */
  readonly leaves: boolean;
}

export interface JoinSuccess {
  /** The channel on which the carrier wants to be sent to. */
  readonly channel: number;
  /** The leg is forgotten when the bridge is quiet for this long, s. */
  readonly lifetimeS: number;
  /** `whole` once the other side has its leg too. */
  readonly state: 'half' | 'whole';
}

/**
 * What a side signs: all that it asks for (the bridge, its channel, whether it leaves), and the cookie, which is bound to its address.
 * Who reads a request on its way can neither make a leave of it nor turn the leg to another channel.
 */
function joinText(
  bridgeId: Buffer,
  { nonce, channel, leaves }: Omit<JoinProof, 'side' | 'signature'>,
): Buffer {
  const wish = Buffer.from([channel >>> 8, channel & 0xff, leaves ? 1 : 0]);
  return Buffer.concat([SIGNED_TEXT, bridgeId, wish, nonce]);
}

/** What is asked for, with the signature of its side's key. */
export function provedJoin(
  bridgeId: Buffer,
  wanted: Omit<JoinProof, 'signature'>,
  key: KeyObject,
): JoinProof {
  return { ...wanted, signature: sign(null, joinText(bridgeId, wanted), key) };
}

/** Whether the key signed what is asked for. Never throws. */
export function isJoinSignedBy(bridgeId: Buffer, proof: JoinProof, key: KeyObject): boolean {
  const { signature } = proof;
  return signature.length === SIGNATURE_BYTES && verify(null, joinText(bridgeId, proof), key, signature);
}

export function writeJoin(transactionId: Buffer, { ticket, proof }: JoinRequest): Buffer {
  const attributes = [attribute(ATTRIBUTE_TICKET, ticket)];
  if (proof) {
    if (proof.leaves) attributes.push(attribute(ATTRIBUTE_LIFETIME, uint32(0)));
    attributes.push(
      attribute(ATTRIBUTE_CHANNEL_NUMBER, channelNumber(proof.channel)),
      attribute(ATTRIBUTE_SIDE, Buffer.from(proof.side)),
      attribute(ATTRIBUTE_NONCE, proof.nonce),
      attribute(ATTRIBUTE_SIGNATURE, proof.signature),
    );
  }
  return encodeStun({ method: METHOD_JOIN, class: 'request', transactionId, attributes });
}

/** Null for what is no JOIN request. Never throws. */
export function readJoin(message: StunMessage): JoinRequest | null {
  if (message.method !== METHOD_JOIN || message.class !== 'request') return null;
  const ticket = attributeOf(message, ATTRIBUTE_TICKET);
  if (ticket?.length !== TICKET_BYTES) return null;
  const nonce = attributeOf(message, ATTRIBUTE_NONCE);
  if (!nonce) return { ticket };
  const side = attributeOf(message, ATTRIBUTE_SIDE)?.toString('latin1');
  const signature = attributeOf(message, ATTRIBUTE_SIGNATURE);
  const channel = readChannelNumber(attributeOf(message, ATTRIBUTE_CHANNEL_NUMBER));
  if ((side !== 'A' && side !== 'B') || signature?.length !== SIGNATURE_BYTES || channel === undefined)
    return null;
  const leaves = readUint32(attributeOf(message, ATTRIBUTE_LIFETIME)) === 0;
  return { ticket, proof: { side, nonce, signature, channel, leaves } };
}

export function writeJoinSuccess(transactionId: Buffer, { channel, lifetimeS, state }: JoinSuccess): Buffer {
  return encodeStun({
    method: METHOD_JOIN,
    class: 'success',
    transactionId,
    attributes: [
      attribute(ATTRIBUTE_CHANNEL_NUMBER, channelNumber(channel)),
      attribute(ATTRIBUTE_LIFETIME, uint32(lifetimeS)),
      attribute(ATTRIBUTE_BRIDGE_STATE, Buffer.from([state === 'whole' ? 2 : 1])),
    ],
  });
}

/** Null for what is no success. Never throws. */
export function readJoinSuccess(message: StunMessage): JoinSuccess | null {
  if (message.method !== METHOD_JOIN || message.class !== 'success') return null;
  const channel = readChannelNumber(attributeOf(message, ATTRIBUTE_CHANNEL_NUMBER));
  const lifetimeS = readUint32(attributeOf(message, ATTRIBUTE_LIFETIME));
  const state = attributeOf(message, ATTRIBUTE_BRIDGE_STATE)?.[0];
  if (channel === undefined || lifetimeS === undefined || (state !== 1 && state !== 2)) return null;
  return { channel, lifetimeS, state: state === 2 ? 'whole' : 'half' };
}

/** @param nonce where the caller shall ask again with it */
export function writeJoinError(transactionId: Buffer, code: number, nonce?: Buffer): Buffer {
  const attributes: StunAttribute[] = [{ name: 'error-code', code, reason: '' }];
  if (nonce) attributes.push(attribute(ATTRIBUTE_NONCE, nonce));
  return encodeStun({ method: METHOD_JOIN, class: 'error', transactionId, attributes });
}

/** The NONCE before it is asked for: who has a connection receives where it sends from, and saves a round trip. */
export function writeGreeting(transactionId: Buffer, nonce: Buffer): Buffer {
  const attributes = [attribute(ATTRIBUTE_NONCE, nonce)];
  return encodeStun({ method: METHOD_JOIN, class: 'indication', transactionId, attributes });
}

/** Null for what is no greeting. Never throws. */
export function readGreeting(message: StunMessage): Buffer | null {
  if (message.method !== METHOD_JOIN || message.class !== 'indication') return null;
  return nonceOf(message) ?? null;
}

/** The NONCE of an error; undefined where it has none. */
export function nonceOf(message: StunMessage): Buffer | undefined {
  return attributeOf(message, ATTRIBUTE_NONCE);
}

/** Said by a carrier to a leg before it leaves. Only the two sides, the carrier and the server know the bridge's name. */
export function writeGoodbye(transactionId: Buffer, bridgeId: Buffer): Buffer {
  return encodeStun({
    method: METHOD_JOIN,
    class: 'indication',
    transactionId,
    attributes: [attribute(ATTRIBUTE_BRIDGE, bridgeId)],
  });
}

/** The bridge that a goodbye is for; null for what is none. */
export function readGoodbye(message: StunMessage): Buffer | null {
  if (message.method !== METHOD_JOIN || message.class !== 'indication') return null;
  const bridgeId = attributeOf(message, ATTRIBUTE_BRIDGE);
  return bridgeId?.length === BRIDGE_ID_BYTES ? bridgeId : null;
}

/** 20 bytes that say nothing: they open the carrier's own NAT towards a guest who is expected. */
export function writePunch(transactionId: Buffer): Buffer {
  return encodeStun({ method: METHOD_JOIN, class: 'indication', transactionId, attributes: [] });
}

function attribute(code: number, value: Buffer): StunAttribute {
  return { name: 'other', code, value };
}

function attributeOf(message: StunMessage, code: number): Buffer | undefined {
  for (const each of message.attributes) if (each.name === 'other' && each.code === code) return each.value;
  return undefined;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** RFC 8656 §18.1: the number, and two bytes that are reserved. */
function channelNumber(channel: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(channel);
  return bytes;
}

/** RFC 8656 §12, narrowed by RFC 7983. */
function readChannelNumber(value: Buffer | undefined): number | undefined {
  if (value?.length !== 4) return undefined;
  const channel = value.readUInt16BE(0);
  return channel >= FIRST_CHANNEL && channel <= LAST_CHANNEL ? channel : undefined;
}

function readUint32(value: Buffer | undefined): number | undefined {
  return value?.length === 4 ? value.readUInt32BE(0) : undefined;
}
