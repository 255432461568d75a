/**
 * STUN messages and ChannelData in the bytes of a connection (RFC 8489 §6.2.2, RFC 8656 §12.5): both say their length in their first
 * four bytes. What is kept of an unfinished one is bounded, whatever length it claims.
 */
import { HEADER_BYTES } from '../stun/constants.ts';
import { MAX_UNIT_BYTES } from './constants.ts';

/** Enough to know how long a unit is. */
const LENGTH_BYTES = 4;

export class StreamUnits {
  readonly #onUnit: (unit: Buffer) => void;
  /** The unit that is being put together, from several pieces; its bytes are nobody else's. */
  #unit: Buffer | undefined;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  /** Bytes of it, or of its head, that are there. */
  #have = 0;
  /** Bytes of a unit that is too long for us, still to come. */
  #skip = 0;

  constructor(onUnit: (unit: Buffer) => void) {
    this.#onUnit = onUnit;
  }

  /** False when the bytes are neither STUN nor ChannelData: the connection is of no use any more. Never throws. */
  receive(piece: Buffer): boolean {
    let rest = piece;
    while (rest.length > 0) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, rest.length);
        this.#skip -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const next = this.#have > 0 || rest.length < LENGTH_BYTES ? this.#fill(rest) : this.#cut(rest);
      if (next < 0) return false;
      rest = rest.subarray(next);
    }
    return true;
  }

  /** Bytes taken; a unit that is whole in the piece is a view of it. -1 for nonsense. */
  #cut(piece: Buffer): number {
    const length = unitBytes(piece);
    if (length < 0) return -1;
    if (length > MAX_UNIT_BYTES) {
      this.#skip = length;
      return 0;
    }
    if (length > piece.length) return this.#fill(piece);
    this.#onUnit(piece.subarray(0, length));
    return length;
  }

  /** Bytes taken towards an unfinished unit. -1 for nonsense. */
  #fill(piece: Buffer): number {
    if (this.#unit === undefined) {
      const taken = piece.copy(this.#head, this.#have, 0, LENGTH_BYTES - this.#have);
      this.#have += taken;
      if (this.#have < LENGTH_BYTES) return taken;
      const length = unitBytes(this.#head);
      if (length < 0) return -1;
      if (length > MAX_UNIT_BYTES) {
        this.#skip = length - LENGTH_BYTES;
        this.#have = 0;
        return taken;
      }
      this.#unit = Buffer.allocUnsafe(length);
      this.#head.copy(this.#unit);
      this.#finish();
      return taken;
    }
    const taken = piece.copy(this.#unit, this.#have);
    this.#have += taken;
    this.#finish();
    return taken;
  }

  #finish(): void {
    const unit = this.#unit;
    if (!unit || this.#have < unit.length) return;
    this.#unit = undefined;
    this.#have = 0;
    this.#onUnit(unit);
  }
}

/** How long a unit is that begins so, padding included; -1 for what is neither STUN nor ChannelData (RFC 7983). */
function unitBytes(head: Buffer): number {
  const first = head[0] ?? 0xff;
  const length = ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  if (first <= 3) return HEADER_BYTES + length;
  if (first >= 64 && first <= 79) return LENGTH_BYTES + ((length + 3) & ~3);
  return -1;
}
