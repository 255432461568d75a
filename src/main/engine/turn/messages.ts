/** The requests of a TURN client and what answers them (RFC 8656 §7, §8, §12), with long-term credentials (RFC 8489 §9.2). */
import { createHash } from 'node:crypto';
import type { TransportAddress } from '../../../shared/words.ts';
import { ATTRIBUTE_CODE, decodeAttribute, encodeAttribute, type StunAttribute } from '../stun/attributes.ts';
import { HEADER_BYTES, MAGIC_COOKIE } from '../stun/constants.ts';
import { encodeStun, type StunMessage } from '../stun/message.ts';
import {
  MAX_CHALLENGE_BYTES,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_REFRESH,
  PEER_CHANNEL,
  PROTOCOL_UDP,
  TURN_ATTRIBUTES,
} from './constants.ts';

/** What is asked of a TURN server. */
export type TurnWish =
  | { readonly name: 'allocate'; readonly lifetimeS: number }
  /** 0 gives the allocation up. */
  | { readonly name: 'refresh'; readonly lifetimeS: number }
  | { readonly name: 'bind'; readonly peer: TransportAddress };

/** What a server wants to be answered with. */
export interface Challenge {
  readonly realm: Buffer;
  readonly nonce: Buffer;
}

/** A challenge with what answers it. */
export interface Proof extends Challenge {
  readonly username: string;
  readonly key: Buffer;
}

const METHOD = {
  allocate: METHOD_ALLOCATE,
  refresh: METHOD_REFRESH,
  bind: METHOD_CHANNEL_BIND,
} as const satisfies Record<TurnWish['name'], number>;

/** RFC 8489 §9.2.2: the key of the long-term mechanism. MD5 is the protocol's; it keeps no secret but from the server, which knows it. */
export function proofOf(challenge: Challenge, username: string, credential: string): Proof {
  const key = createHash('md5')
    .update(username)
    .update(':')
    .update(challenge.realm)
    .update(':')
    .update(credential)
    .digest();
  return { ...challenge, username, key };
}

export function writeTurnRequest(wish: TurnWish, transactionId: Buffer, proof: Proof | undefined): Buffer {
  const attributes = wishAttributes(wish, transactionId);
  if (proof) {
    attributes.push(
      { name: 'username', text: proof.username },
      other(TURN_ATTRIBUTES.realm, proof.realm),
      other(TURN_ATTRIBUTES.nonce, proof.nonce),
    );
  }
  return encodeStun(
    { method: METHOD[wish.name], class: 'request', transactionId, attributes },
    { ...(proof && { integrityKey: proof.key }) },
  );
}

/** Whether a response answers a request for that. */
export function answers(response: StunMessage, wish: TurnWish): boolean {
  return response.method === METHOD[wish.name];
}

/** Null where the server names no realm or nonce. */
export function challengeOf(response: StunMessage): Challenge | null {
  const realm = attributeOf(response, TURN_ATTRIBUTES.realm);
  const nonce = attributeOf(response, TURN_ATTRIBUTES.nonce);
  if (!realm || !nonce || realm.length > MAX_CHALLENGE_BYTES || nonce.length > MAX_CHALLENGE_BYTES)
    return null;
  return { realm: Buffer.from(realm), nonce: Buffer.from(nonce) };
}

/** XOR-RELAYED-ADDRESS; null where there is none. */
export function relayedAddressOf(response: StunMessage): TransportAddress | null {
  const value = attributeOf(response, TURN_ATTRIBUTES.relayedAddress);
  const read =
    value && decodeAttribute(ATTRIBUTE_CODE['xor-mapped-address'], value, headerOf(response.transactionId));
  return read?.name === 'xor-mapped-address' && read.port > 0
    ? { address: read.address, port: read.port }
    : null;
}

/** LIFETIME, s; undefined where there is none. */
export function lifetimeOf(response: StunMessage): number | undefined {
  const value = attributeOf(response, TURN_ATTRIBUTES.lifetime);
  return value?.length === 4 ? value.readUInt32BE(0) : undefined;
}

function wishAttributes(wish: TurnWish, transactionId: Buffer): StunAttribute[] {
  switch (wish.name) {
    case 'allocate':
      return [
        other(TURN_ATTRIBUTES.requestedTransport, Buffer.from([PROTOCOL_UDP, 0, 0, 0])),
        other(TURN_ATTRIBUTES.lifetime, uint32(wish.lifetimeS)),
      ];
    case 'refresh':
      return [other(TURN_ATTRIBUTES.lifetime, uint32(wish.lifetimeS))];
    case 'bind':
      return [
        other(TURN_ATTRIBUTES.channelNumber, uint32(PEER_CHANNEL * 0x1_0000)),
        other(TURN_ATTRIBUTES.peerAddress, xoredAddress(wish.peer, transactionId)),
      ];
  }
}

/** RFC 8656 §18.3: in XOR-MAPPED-ADDRESS's form. */
function xoredAddress(peer: TransportAddress, transactionId: Buffer): Buffer {
  return encodeAttribute({ name: 'xor-mapped-address', ...peer }, headerOf(transactionId)).value;
}

/** As much of a message's header as addresses are XORed with (RFC 8489 §14.2). */
function headerOf(transactionId: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  transactionId.copy(header, 8);
  return header;
}

function attributeOf(message: StunMessage, code: number): Buffer | undefined {
  for (const attribute of message.attributes) {
    if (attribute.name === 'other' && attribute.code === code) return attribute.value;
  }
  return undefined;
}

function other(code: number, value: Buffer): StunAttribute {
  return { name: 'other', code, value };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
