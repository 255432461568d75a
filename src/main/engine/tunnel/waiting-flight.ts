/**
 * What our media end says before there is a path: the first messages of its DTLS handshake. They wait here and leave the
 * moment the path opens, instead of being lost and sent again when a timer of DTLS says so.
 */
import { DTLS_FIRST_BYTES, DTLS_RECORD_HEADER_BYTES, MAX_EARLY_DATAGRAMS } from './constants.ts';

export class WaitingFlight {
  #datagrams: Buffer[] = [];

  /** Keeps a copy of a DTLS datagram; of one that was sent again, the newest. Anything else would be late: it is not kept. */
  keep(datagram: Buffer): void {
    const first = datagram[0] ?? 0;
    if (first < DTLS_FIRST_BYTES.from || first > DTLS_FIRST_BYTES.to) return;
    const again = this.#datagrams.findIndex((kept) => isSameMessage(kept, datagram));
    if (again >= 0) this.#datagrams[again] = Buffer.from(datagram);
    else if (this.#datagrams.length < MAX_EARLY_DATAGRAMS) this.#datagrams.push(Buffer.from(datagram));
  }

  /** Gives all that waits, in order, and forgets it. */
  take(): Buffer[] {
    const datagrams = this.#datagrams;
    this.#datagrams = [];
    return datagrams;
  }
}

/** RFC 6347 §4.1: a retransmission differs in its record's sequence number, which stands in the header. */
function isSameMessage(one: Buffer, other: Buffer): boolean {
  return (
    one.length === other.length &&
    one.subarray(DTLS_RECORD_HEADER_BYTES).equals(other.subarray(DTLS_RECORD_HEADER_BYTES))
  );
}
