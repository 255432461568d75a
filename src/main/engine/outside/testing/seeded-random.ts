/** Chance that can be had again: the same seed gives the same numbers. Not for secrets. */
import type { Random } from '../index.ts';

/** A generator of the SFC family (Chris Doty-Humphrey's Small Fast Chaotic, 32 bits, as in PractRand). */
export class SeededRandom implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    this.#a = hash(seed, 0x9e3779b9);
    this.#b = hash(seed, 0x243f6a88);
    this.#c = hash(seed, 0xb7e15162);
    for (let round = 0; round < 12; round++) this.#next();
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let word = 0;
    for (let index = 0; index < length; index++) {
      if ((index & 3) === 0) word = this.#next();
      bytes[index] = word & 0xff;
      word >>>= 8;
    }
    return bytes;
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  /** From 0 to below `end`. */
  integer(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  /** Another generator, whose numbers depend on the seed and the name alone, not on what was drawn here before. */
  derive(name: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${name}`);
  }

  #next(): number {
    const result = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    return result >>> 0;
  }
}

/** FNV-1a of the characters, started anywhere. */
function hash(text: string, start: number): number {
  let value = start ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
