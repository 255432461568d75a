/** The mailbox in memory: bounded per receiver, per sender and altogether; gone when the process ends. */
import type { SealedEnvelope } from '../../shared/rendezvous.ts';
import { RECEIVED_BY_MEMORY, SENDER_SHARE, SENDER_TOTAL_SHARE } from '../constants.ts';
import type { KeptLetter, Mailbox, PutResult } from './index.ts';
import { letterBytes } from './letter-bytes.ts';

export interface MailboxLimits {
  readonly mailboxEnvelopes: number;
  readonly mailboxBytes: number;
  readonly mailboxTotalBytes: number;
}

interface Entry {
  readonly letter: KeptLetter;
  readonly bytes: number;
  /** Machines that have it, the latest last. Empty for a letter to one machine: that is forgotten instead. */
  readonly receivedBy: Set<string>;
}

/** One user's letters by envelope ID, in the order they came. */
interface Box {
  readonly entries: Map<string, Entry>;
  /** What each sender has in it. */
  readonly senders: Map<string, { envelopes: number; bytes: number }>;
  bytes: number;
}

export class MemoryMailbox implements Mailbox {
  readonly #limits: MailboxLimits;
  readonly #boxes = new Map<string, Box>();
  /** Bytes kept from each sender, over all receivers. */
  readonly #bytesFrom = new Map<string, number>();
  #envelopes = 0;
  #bytes = 0;

  constructor(limits: MailboxLimits) {
    this.#limits = limits;
  }

  get size(): { envelopes: number; bytes: number } {
    return { envelopes: this.#envelopes, bytes: this.#bytes };
  }

  put(letter: KeptLetter, nowMs: number): PutResult {
    const { id, to, from } = letter.envelope;
    const box = this.#boxes.get(to) ?? { entries: new Map(), senders: new Map(), bytes: 0 };
    this.#sweepBox(to, box, nowMs);
    const existing = box.entries.get(id);
    // Another sender's envelope of the same 128-bit name is no accident; the one that was here first stays.
    if (existing) return existing.letter.envelope.from === from ? 'known' : 'full';
    const bytes = letterBytes(letter.envelope);
    if (!this.#makeRoom(box, letter.envelope, bytes)) return 'full';
    this.#boxes.set(to, box);
    box.entries.set(id, { letter, bytes, receivedBy: new Set() });
    this.#account(box, from, bytes, 1);
    return 'kept';
  }

  waiting(userId: string, deviceId: string, nowMs: number): readonly KeptLetter[] {
    const box = this.#boxes.get(userId);
    if (!box) return [];
    this.#sweepBox(userId, box, nowMs);
    return [...box.entries.values()]
      .filter(({ letter, receivedBy }) => isFor(letter.envelope, deviceId) && !receivedBy.has(deviceId))
      .map(({ letter }) => letter);
  }

  received(userId: string, deviceId: string, id: string): void {
    const box = this.#boxes.get(userId);
    const entry = box?.entries.get(id);
    if (!box || !entry || !isFor(entry.letter.envelope, deviceId)) return;
    if (entry.letter.envelope.toDevice !== undefined) {
      this.#remove(userId, box, entry);
      return;
    }
    entry.receivedBy.add(deviceId);
    if (entry.receivedBy.size > RECEIVED_BY_MEMORY) {
      for (const oldest of entry.receivedBy) {
        entry.receivedBy.delete(oldest);
        break;
      }
    }
  }

  sweep(nowMs: number): void {
    for (const [userId, box] of this.#boxes) this.#sweepBox(userId, box, nowMs);
  }

  #sweepBox(userId: string, box: Box, nowMs: number): void {
    for (const entry of box.entries.values()) {
      if (entry.letter.expiresAtMs <= nowMs) this.#remove(userId, box, entry);
    }
  }

  /** Room is made by forgetting the oldest that at least one machine has: they have done what matters most. */
  #makeRoom(box: Box, { to, from }: SealedEnvelope, bytes: number): boolean {
    for (const entry of box.entries.values()) {
      const senderFits = this.#senderFits(box, from, bytes);
      if (senderFits && this.#boxFits(box, bytes)) return true;
      if (entry.receivedBy.size === 0) continue;
      if (senderFits || entry.letter.envelope.from === from) this.#remove(to, box, entry);
    }
    return this.#senderFits(box, from, bytes) && this.#boxFits(box, bytes);
  }

  #senderFits(box: Box, from: string, bytes: number): boolean {
    const { mailboxEnvelopes, mailboxBytes, mailboxTotalBytes } = this.#limits;
    const here = box.senders.get(from) ?? { envelopes: 0, bytes: 0 };
    return (
      here.envelopes + 1 <= mailboxEnvelopes * SENDER_SHARE &&
      here.bytes + bytes <= mailboxBytes * SENDER_SHARE &&
      (this.#bytesFrom.get(from) ?? 0) + bytes <= mailboxTotalBytes * SENDER_TOTAL_SHARE
    );
  }

  #boxFits(box: Box, bytes: number): boolean {
    const { mailboxEnvelopes, mailboxBytes, mailboxTotalBytes } = this.#limits;
    return (
      box.entries.size < mailboxEnvelopes &&
      box.bytes + bytes <= mailboxBytes &&
      this.#bytes + bytes <= mailboxTotalBytes
    );
  }

  #remove(userId: string, box: Box, entry: Entry): void {
    if (!box.entries.delete(entry.letter.envelope.id)) return;
    this.#account(box, entry.letter.envelope.from, -entry.bytes, -1);
    if (box.entries.size === 0) this.#boxes.delete(userId);
  }

  #account(box: Box, from: string, bytes: number, envelopes: number): void {
    box.bytes += bytes;
    this.#bytes += bytes;
    this.#envelopes += envelopes;
    const here = box.senders.get(from) ?? { envelopes: 0, bytes: 0 };
    here.envelopes += envelopes;
    here.bytes += bytes;
    if (here.envelopes > 0) box.senders.set(from, here);
    else box.senders.delete(from);
    const total = (this.#bytesFrom.get(from) ?? 0) + bytes;
    if (total > 0) this.#bytesFrom.set(from, total);
    else this.#bytesFrom.delete(from);
  }
}

function isFor({ from, fromDevice, to, toDevice }: SealedEnvelope, deviceId: string): boolean {
  if (toDevice !== undefined) return toDevice === deviceId;
  return from !== to || fromDevice !== deviceId;
}
