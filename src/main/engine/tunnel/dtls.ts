/** DTLS as far as its records show it to everybody: what is one, and what is one again. */
import { DTLS_FIRST_BYTES, DTLS_RECORD_HEADER_BYTES } from './constants.ts';

/** RFC 6347 §4.1: where type and epoch end, the length begins, and the epoch whose records are not protected. */
const EPOCH_BYTE = 3;
const LENGTH_BYTE = 11;
/** RFC 9147 §4: the first byte of a protected record is 001CSLEE: connection ID, sequence number of 16 bits, length. */
const UNIFIED_FROM = 32;
const UNIFIED = { connectionId: 0x10, longSequence: 0x08, length: 0x04 } as const;

/** RFC 7983 §7. */
export function isDtlsByte(first: number): boolean {
  return first >= DTLS_FIRST_BYTES.from && first <= DTLS_FIRST_BYTES.to;
}

export interface Message {
  /**
   * The same for a datagram and its retransmission, which differ in the sequence numbers of their records, and where a record is protected
   * in all of its content: of such a one only the length is told.
   */
  readonly text: string;
  /** It has such a record, so that another message may have the same text. */
  readonly isProtected: boolean;
}

/** Reads whatever the bytes are; never throws. */
export function readMessage(datagram: Buffer): Message {
  let text = '';
  let isProtected = false;
  for (let at = 0; at < datagram.length; ) {
    const record = readRecord(datagram, at);
    const body = record.isProtected ? '' : datagram.toString('latin1', at + record.headerBytes, record.end);
    text += `${datagram[at]} ${record.end - at}\n${body}`;
    isProtected ||= record.isProtected;
    at = record.end;
  }
  return { text, isProtected };
}

interface RecordEnds {
  readonly headerBytes: number;
  readonly isProtected: boolean;
  /** Where the next record begins, or the datagram ends. */
  readonly end: number;
}

function readRecord(datagram: Buffer, at: number): RecordEnds {
  const first = datagram[at] ?? 0;
  if (first >= UNIFIED_FROM) return readUnified(datagram, at, first);
  if (at + DTLS_RECORD_HEADER_BYTES > datagram.length) {
    return { headerBytes: 0, isProtected: false, end: datagram.length };
  }
  const end = at + DTLS_RECORD_HEADER_BYTES + datagram.readUInt16BE(at + LENGTH_BYTE);
  return {
    headerBytes: DTLS_RECORD_HEADER_BYTES,
    isProtected: datagram.readUInt16BE(at + EPOCH_BYTE) > 0,
    end: Math.min(end, datagram.length),
  };
}

function readUnified(datagram: Buffer, at: number, first: number): RecordEnds {
  const lengthAt = at + (first & UNIFIED.longSequence ? 3 : 2);
  // Without a length, or with a connection ID, whose length is not told, it fills what is left.
  const hasLength =
    (first & UNIFIED.connectionId) === 0 && (first & UNIFIED.length) > 0 && lengthAt + 2 <= datagram.length;
  const end = hasLength ? lengthAt + 2 + datagram.readUInt16BE(lengthAt) : datagram.length;
  return { headerBytes: 0, isProtected: true, end: Math.min(end, datagram.length) };
}
