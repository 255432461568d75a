/**
 * Letters for one machine that live no longer than its session: delivered and not acknowledged yet, or waiting for it
 * to resume. A reconnect delivers them again.
 */
import { SENDER_SHARE } from '../constants.ts';
import type { Letter } from '../store/index.ts';
import { letterBytes } from '../store/letter-bytes.ts';

export interface QueueLimits {
  readonly queuedEnvelopes: number;
  readonly queuedBytes: number;
  /** A letter older than twice this is for a moment that has passed. */
  readonly resumableMs: number;
}

interface Entry {
  readonly letter: Letter;
  readonly bytes: number;
  readonly addedAtMs: number;
}

export class DeliveryQueue {
  readonly #limits: QueueLimits;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get letters(): readonly Letter[] {
    return [...this.#entries.values()].map(({ letter }) => letter);
  }

  /** Takes a letter in; false when there is no room for it, or a letter of its name is here already. */
  add(letter: Letter, nowMs: number): boolean {
    this.#forgetOld(nowMs);
    const { id, from } = letter.envelope;
    const bytes = letterBytes(letter.envelope);
    if (this.#entries.has(id) || !this.#fits(from, bytes)) return false;
    this.#entries.set(id, { letter, bytes, addedAtMs: nowMs });
    this.#bytes += bytes;
    return true;
  }

  /** The machine has it. An unknown name is fine. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
  }

  #fits(from: string, bytes: number): boolean {
    const { queuedEnvelopes, queuedBytes } = this.#limits;
    if (this.#entries.size >= queuedEnvelopes || this.#bytes + bytes > queuedBytes) return false;
    let envelopesFrom = 1;
    let bytesFrom = bytes;
    for (const entry of this.#entries.values()) {
      if (entry.letter.envelope.from !== from) continue;
      envelopesFrom++;
      bytesFrom += entry.bytes;
    }
    return envelopesFrom <= queuedEnvelopes * SENDER_SHARE && bytesFrom <= queuedBytes * SENDER_SHARE;
  }

  #forgetOld(nowMs: number): void {
    for (const [id, { addedAtMs }] of this.#entries) {
      if (nowMs - addedAtMs < 2 * this.#limits.resumableMs) return; // In the order they came.
      this.remove(id);
    }
  }
}
