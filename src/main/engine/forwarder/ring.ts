/**
 * Datagrams from the forwarder's thread to the engine's, through memory that both see: one writes, one reads, nobody waits. Each entry begins
 * with its length, the socket it came in on and its sender; at the end of the ring the writer leaves a gap rather than a split entry.
 *
 *   u32 bytes of the entry (0: go on at the beginning) · u32 socket · sockaddr, 32 bytes · u32 length · the datagram, padded to 4
 */
import { SOCKADDR_BYTES } from './constants.ts';

const WRITTEN = 0;
const READ = 1;
/** Whether the reader was told that something waits. */
const TOLD = 2;
const CONTROL_BYTES = 64;
const HEADER_BYTES = 12 + SOCKADDR_BYTES;

/** Memory for a ring. @param bytes a multiple of 4 */
export function ringMemory(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + bytes);
}

export class Ring {
  /** Positions only grow, modulo 2^32; where they point to is their rest by the size, which is a power of two. */
  readonly #control: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #size: number;

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.#words = new Uint32Array(memory, CONTROL_BYTES);
    this.#size = this.#bytes.length;
  }

  /** Bytes that wait. */
  get waiting(): number {
    return (Atomics.load(this.#control, WRITTEN) - Atomics.load(this.#control, READ)) >>> 0;
  }

  /** The writer's side. @returns false when there is no room below `limit` bytes */
  write(
    socket: number,
    memory: Uint8Array,
    sockaddrAt: number,
    at: number,
    length: number,
    limit: number,
  ): boolean {
    const entry = HEADER_BYTES + ((length + 3) & ~3);
    let written = Atomics.load(this.#control, WRITTEN) >>> 0;
    let start = written % this.#size;
    const gap = start + entry > this.#size ? this.#size - start : 0;
    if (this.waiting + gap + entry > Math.min(limit, this.#size - 4)) return false;
    if (gap > 0) {
      this.#words[start >> 2] = 0;
      written = (written + gap) >>> 0;
      start = 0;
    }
    const word = start >> 2;
    this.#words[word] = entry;
    this.#words[word + 1] = socket;
    this.#words[word + 2] = length;
    const bytes = this.#bytes;
    for (let index = 0; index < SOCKADDR_BYTES; index++)
      bytes[start + 12 + index] = memory[sockaddrAt + index] ?? 0;
    bytes.set(memory.subarray(at, at + length), start + HEADER_BYTES);
    Atomics.store(this.#control, WRITTEN, (written + entry) | 0);
    return true;
  }

  /** The writer's side: whether the reader must be told now. */
  mustTell(): boolean {
    return this.waiting > 0 && Atomics.exchange(this.#control, TOLD, 1) === 0;
  }

  /** The reader's side, before it reads: it is told again of what comes from now on. */
  heard(): void {
    Atomics.store(this.#control, TOLD, 0);
  }

  /** The reader's side. @returns a copy of the next one, undefined when none waits */
  read(): { socket: number; sockaddr: Uint8Array; datagram: Buffer } | undefined {
    const written = Atomics.load(this.#control, WRITTEN) >>> 0;
    let read = Atomics.load(this.#control, READ) >>> 0;
    if (read === written) return undefined;
    let start = read % this.#size;
    if (this.#words[start >> 2] === 0) {
      read = (read + this.#size - start) >>> 0;
      start = 0;
    }
    const word = start >> 2;
    const entry = this.#words[word] ?? 0;
    const socket = this.#words[word + 1] ?? 0;
    const length = this.#words[word + 2] ?? 0;
    const sockaddr = this.#bytes.slice(start + 12, start + HEADER_BYTES);
    const datagram = Buffer.allocUnsafe(length);
    datagram.set(this.#bytes.subarray(start + HEADER_BYTES, start + HEADER_BYTES + length));
    Atomics.store(this.#control, READ, (read + entry) | 0);
    return { socket, sockaddr: Uint8Array.from(sockaddr), datagram };
  }
}
