/**
 * Memory in the shape that recvmmsg and sendmmsg take (recvmmsg(2), 64-bit Linux): a vector of `mmsghdr`, each pointing to a name, and to one piece of
 * memory by an `iovec`.
 *
 *   mmsghdr, 64 bytes: name 8 · length of the name 4 (+4) · iovec 8 · their number 8 · control 8 · its length 8 · flags 4 (+4) · received or sent 4 (+4)
 *   iovec, 16 bytes: base 8 · length 8
 */
import { BATCH, SLOT_BYTES, SOCKADDR_BYTES } from './constants.ts';
import type { LinuxCalls } from './linux.ts';

const HEADER_WORDS = 16;
const IOVEC_WORDS = 4;
const NAME_LENGTH_WORD = 2;
const IOVEC_WORD = 4;
const IOVEC_COUNT_WORD = 6;
const DONE_WORD = 14;
const TWO_TO_32 = 2 ** 32;

/** A vector of datagrams that come in, each with a slot of its own. */
export class Incoming {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Where the vector lies. */
  readonly address: number;
  readonly #namesAt: number;
  readonly #slotsAt: number;
  readonly #base: number;

  constructor(calls: LinuxCalls) {
    const iovecsAt = BATCH * HEADER_WORDS * 4;
    this.#namesAt = iovecsAt + BATCH * IOVEC_WORDS * 4;
    this.#slotsAt = this.#namesAt + BATCH * SOCKADDR_BYTES;
    this.bytes = new Uint8Array(this.#slotsAt + BATCH * SLOT_BYTES);
    this.words = new Uint32Array(this.bytes.buffer);
    this.#base = calls.addressOf(this.bytes);
    this.address = this.#base;
    for (let index = 0; index < BATCH; index++) {
      const header = index * HEADER_WORDS;
      const iovec = iovecsAt + index * IOVEC_WORDS * 4;
      writePointer(this.words, header, this.#base + this.nameAt(index));
      writePointer(this.words, header + IOVEC_WORD, this.#base + iovec);
      this.words[header + IOVEC_COUNT_WORD] = 1;
      writePointer(this.words, iovec / 4, this.slotAddress(index));
      this.words[iovec / 4 + 2] = SLOT_BYTES;
      this.reuse(index);
    }
  }

  /** Where the sender's address lies, in `bytes`. */
  nameAt(index: number): number {
    return this.#namesAt + index * SOCKADDR_BYTES;
  }

  slotAt(index: number): number {
    return this.#slotsAt + index * SLOT_BYTES;
  }

  slotAddress(index: number): number {
    return this.#base + this.slotAt(index);
  }

  lengthOf(index: number): number {
    return this.words[index * HEADER_WORDS + DONE_WORD] ?? 0;
  }

  /** The system has written how long the name is: room for the next one. */
  reuse(index: number): void {
    this.words[index * HEADER_WORDS + NAME_LENGTH_WORD] = SOCKADDR_BYTES;
  }
}

/** A vector of datagrams that go out, which lie and lead elsewhere. */
export class Outgoing {
  readonly #bytes = new Uint8Array(BATCH * (HEADER_WORDS + IOVEC_WORDS) * 4);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  readonly #base: number;
  readonly #iovecs = BATCH * HEADER_WORDS;
  count = 0;

  constructor(calls: LinuxCalls) {
    this.#base = calls.addressOf(this.#bytes);
    for (let index = 0; index < BATCH; index++) {
      const header = index * HEADER_WORDS;
      writePointer(this.#words, header + IOVEC_WORD, this.#base + (this.#iovecs + index * IOVEC_WORDS) * 4);
      this.#words[header + IOVEC_COUNT_WORD] = 1;
    }
  }

  /** All are addresses in this process's memory. Never more than `BATCH` before `flush`. */
  add(name: number, nameLength: number, base: number, length: number): void {
    const words = this.#words;
    const header = this.count * HEADER_WORDS;
    const iovec = this.#iovecs + this.count * IOVEC_WORDS;
    writePointer(words, header, name);
    words[header + NAME_LENGTH_WORD] = nameLength;
    writePointer(words, iovec, base);
    words[iovec + 2] = length;
    this.count++;
  }

  /** Sends them all. One that the system refuses is lost, as any datagram may be. */
  flush(calls: LinuxCalls, fd: number): void {
    let done = 0;
    while (done < this.count) {
      const sent = calls.send(fd, this.#base + done * HEADER_WORDS * 4, this.count - done);
      done += sent > 0 ? sent : 1;
    }
    this.count = 0;
  }
}

function writePointer(words: Uint32Array, at: number, pointer: number): void {
  words[at] = pointer % TWO_TO_32;
  words[at + 1] = pointer / TWO_TO_32;
}
