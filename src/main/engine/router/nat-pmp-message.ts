/** NAT Port Mapping Protocol (RFC 6886) messages. */
import { bytesToIp } from '../stun/ip.ts';

const VERSION = 0;
const OPCODE_ADDRESS = 0;
const OPCODE_MAP_UDP = 1;
/** RFC 6886 §3.5: what an answer adds to the opcode. */
const ANSWER = 128;
/** RFC 6886 §3.2 and §3.3, bytes. */
const ADDRESS_ANSWER_BYTES = 12;
const MAP_REQUEST_BYTES = 12;
const MAP_ANSWER_BYTES = 16;
/** RFC 6886 §3.5: says a NAT-PMP router to PCP's questions (RFC 6887 §9). Ours are of the only version there is, so it is never about them. */
const UNSUPPORTED_VERSION = 1;
/** Refusals may end after the epoch, bytes. */
const SHORTEST_ANSWER_BYTES = 8;

export interface NatPmpMapRequest {
  readonly internalPort: number;
  readonly externalPort: number;
  /** 0 takes the mapping back. */
  readonly lifetimeS: number;
}

export interface NatPmpAnswer {
  /** RFC 6886 §3.5; 0 is success. */
  readonly result: number;
  readonly epochS: number;
}

export interface NatPmpAddressAnswer extends NatPmpAnswer {
  readonly externalAddress: string;
}

export interface NatPmpMapAnswer extends NatPmpAnswer {
  readonly lifetimeS: number;
  readonly externalPort: number;
}

export function encodeNatPmpAddress(): Buffer {
  return Buffer.from([VERSION, OPCODE_ADDRESS]);
}

export function encodeNatPmpMap({ internalPort, externalPort, lifetimeS }: NatPmpMapRequest): Buffer {
  const message = Buffer.alloc(MAP_REQUEST_BYTES);
  message[0] = VERSION;
  message[1] = OPCODE_MAP_UDP;
  message.writeUInt16BE(internalPort, 4);
  // RFC 6886 §3.4: a mapping is taken back with port 0.
  message.writeUInt16BE(lifetimeS === 0 ? 0 : externalPort, 6);
  message.writeUInt32BE(lifetimeS, 8);
  return message;
}

export function decodeNatPmpAddress(datagram: Buffer): NatPmpAddressAnswer | null {
  const answer = decodeHeader(datagram, OPCODE_ADDRESS);
  if (answer === null) return null;
  if (answer.result !== 0) return { ...answer, externalAddress: '0.0.0.0' };
  if (datagram.length !== ADDRESS_ANSWER_BYTES) return null;
  return { ...answer, externalAddress: bytesToIp(datagram.subarray(8, 12)) };
}

/** The answer to this request of ours; null when it is any other. */
export function decodeNatPmpMap(datagram: Buffer, request: NatPmpMapRequest): NatPmpMapAnswer | null {
  const answer = decodeHeader(datagram, OPCODE_MAP_UDP);
  if (answer === null) return null;
  if (answer.result !== 0 && datagram.length < MAP_ANSWER_BYTES) {
    return { ...answer, lifetimeS: 0, externalPort: 0 };
  }
  if (datagram.length !== MAP_ANSWER_BYTES || datagram.readUInt16BE(8) !== request.internalPort) return null;
  return { ...answer, externalPort: datagram.readUInt16BE(10), lifetimeS: datagram.readUInt32BE(12) };
}

function decodeHeader(datagram: Buffer, opcode: number): NatPmpAnswer | null {
  if (datagram.length < SHORTEST_ANSWER_BYTES || datagram.length > MAP_ANSWER_BYTES) return null;
  if (datagram[0] !== VERSION || datagram[1] !== ANSWER + opcode) return null;
  const result = datagram.readUInt16BE(2);
  return result === UNSUPPORTED_VERSION ? null : { result, epochS: datagram.readUInt32BE(4) };
}
