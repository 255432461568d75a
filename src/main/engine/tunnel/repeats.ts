/**
 * Knows a handshake datagram that comes again, byte for byte: a copy, sent twice over a path or by two roads. A retransmission is none, its
 * records have other numbers. DTLS may drop copies by itself (RFC 6347 §4.1.2.6) and need not: a stack that answers each would answer twice.
 */
import { MAX_EARLY_DATAGRAMS } from './constants.ts';

export class Repeats {
  #recent: Buffer[] = [];

  /** Whether this came among the last 16; remembers it. @param datagram that is kept and must not be changed */
  has(datagram: Buffer): boolean {
    if (this.#recent.some((kept) => kept.equals(datagram))) return true;
    if (this.#recent.length === MAX_EARLY_DATAGRAMS) this.#recent.shift();
    this.#recent.push(datagram);
    return false;
  }
}
