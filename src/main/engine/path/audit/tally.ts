/**
 * What was sent over a node since the last time, as it is told to the other side in a check: how much, and a mark of each datagram. A
 * node sees the marks and cannot make them: they are keyed, and a check's MESSAGE-INTEGRITY covers them.
 */
import { createHash } from 'node:crypto';
import { MARK_BYTES, MAX_LISTED, TALLY_HEADER_BYTES } from './constants.ts';

/** A mark has 16 bits: two datagrams share one by chance once in 65,536 times, which no verdict hangs on. */
const MARK_MASK = 0xffff;
/** An odd number near 2^32 divided by the golden ratio: every bit of a product depends on all lower ones. */
const MULTIPLIER = 0x9e3779b1;

export interface Tally {
  /** One more than the last one's. */
  readonly number: number;
  /** Datagrams sent in its time; all of them are listed unless there are more than `MAX_LISTED`. */
  readonly count: number;
  readonly marks: readonly number[];
}

/** The key of both sides' marks. The order of the passwords does not matter. */
export function markKey(ownPassword: string, theirPassword: string): number {
  const both = [ownPassword, theirPassword].sort().join('\n');
  return createHash('sha256').update(`byway-tally-v1\n${both}`).digest().readInt32BE(0);
}

/** The mark of a datagram. The per-packet path: half a microsecond for 1,000 bytes. */
export function markOf(key: number, bytes: Buffer, offset: number, length: number): number {
  const end = offset + length;
  let hash = key ^ length;
  let at = offset;
  for (; at + 4 <= end; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, MULTIPLIER);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), MULTIPLIER);
  return (hash ^ (hash >>> 16)) & MARK_MASK;
}

/** Collects what is sent. */
export class SentTally {
  readonly #marks = new Uint16Array(MAX_LISTED);
  #count = 0;
  #number = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  sent(mark: number): void {
    if (this.#count < MAX_LISTED) this.#marks[this.#count] = mark;
    this.#count++;
  }

  /** What was sent since the last time. */
  take(): Buffer {
    const listed = Math.min(this.#count, MAX_LISTED);
    const bytes = Buffer.alloc(TALLY_HEADER_BYTES + listed * MARK_BYTES);
    bytes.writeUInt32BE(this.#number++);
    bytes.writeUInt32BE(this.#count, 4);
    for (let index = 0; index < listed; index++) {
      bytes.writeUInt16BE(this.#marks[index] ?? 0, TALLY_HEADER_BYTES + index * MARK_BYTES);
    }
    this.#count = 0;
    return bytes;
  }

  /** Something was sent that is not told any more. A number is left out, so that nobody looks for it. */
  skip(): void {
    this.#count = 0;
    this.#number++;
  }
}

/** Null for what is none. Never throws. */
export function readTally(bytes: Buffer): Tally | null {
  if (bytes.length < TALLY_HEADER_BYTES) return null;
  const number = bytes.readUInt32BE(0);
  const count = bytes.readUInt32BE(4);
  const listed = Math.min(count, MAX_LISTED);
  if (bytes.length !== TALLY_HEADER_BYTES + listed * MARK_BYTES) return null;
  const marks = Array.from({ length: listed }, (_, index) =>
    bytes.readUInt16BE(TALLY_HEADER_BYTES + index * MARK_BYTES),
  );
  return { number, count, marks };
}
