/**
 * Where envelopes wait for machines that are away. Everything else the server knows is about open connections and goes
 * with them.
 *
 * The interface is synchronous on purpose: the order of envelopes is decided in one place, and a store on local disk
 * can answer at once. One that cannot belongs behind a copy in memory.
 */
import type { SealedEnvelope } from '../../shared/rendezvous.ts';

/** An envelope on its way, with its place in the order the server took envelopes in. */
export interface Letter {
  readonly sequence: number;
  readonly envelope: SealedEnvelope;
}

export interface KeptLetter extends Letter {
  /** ms since 1970. */
  readonly expiresAtMs: number;
}

/** `known`: it is here already, from the same sender. `full`: the receiver's or the sender's share is used up. */
export type PutResult = 'kept' | 'known' | 'full';

export interface Mailbox {
  /** Keeps a letter until it expires, or until the one machine it is for has it. */
  put(letter: KeptLetter, nowMs: number): PutResult;
  /**
   * What waits for a machine, oldest first: addressed to it or to all machines, not expired, not acknowledged by it.
   * What a machine sent to all of its user's machines does not wait for itself.
   */
  waiting(userId: string, deviceId: string, nowMs: number): readonly KeptLetter[];
  /**
   * The machine has it. A letter for that machine alone is forgotten; one for all machines stays for those that
   * connect before it expires.
   */
  received(userId: string, deviceId: string, id: string): void;
  /** Clears away what has expired. */
  sweep(nowMs: number): void;
  readonly size: { readonly envelopes: number; readonly bytes: number };
}
