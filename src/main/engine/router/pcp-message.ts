/** Port Control Protocol (RFC 6887) messages: ANNOUNCE and MAP. */
import { bytesToIp, ipToBytes } from '../stun/ip.ts';

const VERSION = 2;
const OPCODE_ANNOUNCE = 0;
const OPCODE_MAP = 1;
/** RFC 6887 §7.2: the R bit of a response. */
const RESPONSE_BIT = 0x80;
/** RFC 6887 §7.1 and §7.2: both headers, bytes. */
const HEADER_BYTES = 24;
/** RFC 6887 §11.1: what follows in MAP, bytes. */
const MAP_BYTES = 36;
/** RFC 6887 §7: the longest message, bytes. */
const MAX_BYTES = 1_100;
/** RFC 6887 §11.1: 96 random bits, bytes. */
export const PCP_NONCE_BYTES = 12;
/** IANA protocol number of UDP. */
const PROTOCOL_UDP = 17;
/** RFC 6887 §7.4. */
const RESULT_SUCCESS = 0;

export interface PcpMapRequest {
  /** The address of ours that the request is sent from. */
  readonly clientAddress: string;
  readonly nonce: Buffer;
  readonly internalPort: number;
  readonly externalPort: number;
  /** 0 takes the mapping back. */
  readonly lifetimeS: number;
}

export interface PcpAnswer {
  /** RFC 6887 §7.4; 0 is success. */
  readonly result: number;
  readonly epochS: number;
}

export interface PcpMapAnswer extends PcpAnswer {
  readonly lifetimeS: number;
  readonly externalPort: number;
  readonly externalAddress: string;
}

/** RFC 6887 §14.1: asks for nothing; whoever speaks PCP answers. */
export function encodePcpAnnounce(clientAddress: string): Buffer {
  return header(OPCODE_ANNOUNCE, 0, clientAddress, HEADER_BYTES);
}

/** RFC 6887 §11.1. */
export function encodePcpMap(request: PcpMapRequest): Buffer {
  const { clientAddress, nonce, internalPort, externalPort, lifetimeS } = request;
  const message = header(OPCODE_MAP, lifetimeS, clientAddress, HEADER_BYTES + MAP_BYTES);
  nonce.copy(message, 24, 0, PCP_NONCE_BYTES);
  message[36] = PROTOCOL_UDP;
  message.writeUInt16BE(internalPort, 40);
  message.writeUInt16BE(lifetimeS === 0 ? 0 : externalPort, 42);
  // RFC 6887 §11.1: no wish is all zeros, and of IPv4 when the client is.
  (clientAddress.includes(':') ? Buffer.alloc(16) : mappedBytes('0.0.0.0')).copy(message, 44);
  return message;
}

function header(opcode: number, lifetimeS: number, clientAddress: string, length: number): Buffer {
  const message = Buffer.alloc(length);
  message[0] = VERSION;
  message[1] = opcode;
  message.writeUInt32BE(lifetimeS, 4);
  mappedBytes(clientAddress).copy(message, 8);
  return message;
}

/** RFC 6887 §5: IPv4 addresses are written as IPv4-mapped IPv6 ones. */
function mappedBytes(address: string): Buffer {
  const bytes = ipToBytes(address) ?? Buffer.alloc(16);
  return bytes.length === 16 ? bytes : Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), bytes]);
}

/** An answer to ANNOUNCE, whatever its result: somebody speaks PCP. Null when it is none. */
export function decodePcpAnnounce(datagram: Buffer): PcpAnswer | null {
  return decodeHeader(datagram, OPCODE_ANNOUNCE);
}

/** The answer to this request of ours (RFC 6887 §11.4); null when it is any other. */
export function decodePcpMap(datagram: Buffer, request: PcpMapRequest): PcpMapAnswer | null {
  const answer = decodeHeader(datagram, OPCODE_MAP);
  if (answer === null || datagram.length < HEADER_BYTES + MAP_BYTES) return null;
  if (!datagram.subarray(24, 36).equals(request.nonce)) return null;
  if (datagram[36] !== PROTOCOL_UDP || datagram.readUInt16BE(40) !== request.internalPort) return null;
  return {
    ...answer,
    lifetimeS: datagram.readUInt32BE(4),
    externalPort: datagram.readUInt16BE(42),
    externalAddress: unmapped(bytesToIp(datagram.subarray(44, 60))),
  };
}

function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** RFC 6887 §8.3: what a client checks first. */
function decodeHeader(datagram: Buffer, opcode: number): PcpAnswer | null {
  const { length } = datagram;
  if (length < HEADER_BYTES || length > MAX_BYTES || length % 4 !== 0) return null;
  if (datagram[0] !== VERSION || datagram[1] !== (RESPONSE_BIT | opcode)) return null;
  return { result: datagram[3] ?? RESULT_SUCCESS, epochS: datagram.readUInt32BE(8) };
}
