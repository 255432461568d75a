/** One question to one STUN server from the calls' own socket: how long is the way there and back, now? */
import type { AddressFamily, Outside } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import { encodeStun, METHOD_BINDING } from '../stun/message.ts';
import type { Transactions } from '../stun/transactions.ts';
import { ROUND_TRIP_LIMIT_MS } from './constants.ts';

export interface RoundTrip {
  /** Address and port that answered. */
  readonly server: string;
  readonly rttMs: number;
  /** The shortest that was ever measured to it from where we are now; queues that stand from the beginning are told by it. */
  readonly shortestMs: number;
}

export interface RoundTripTools {
  readonly outside: Outside;
  readonly transactions: Transactions;
  /** From the calls' own socket of the family. */
  readonly send: (family: AddressFamily, datagram: Buffer, port: number, address: string) => void;
}

/**
 * Asks once, and not again when that is lost.
 *
 * @param answered is called once: with null when nothing came within `ROUND_TRIP_LIMIT_MS`
 * @returns what ends the waiting; `answered` is not called then
 */
export function measureRoundTrip(
  { outside, transactions, send }: RoundTripTools,
  { address, port, rttMs: shortestMs }: AnsweredServer,
  answered: (trip: RoundTrip | null) => void,
): () => void {
  const transactionId = outside.random.bytes(TRANSACTION_ID_BYTES);
  const request = encodeStun(
    { method: METHOD_BINDING, class: 'request', transactionId, attributes: [] },
    { fingerprint: true },
  );
  const sentAtMs = outside.clock.now();
  const transaction = transactions.start({
    transactionId,
    pausesMs: [ROUND_TRIP_LIMIT_MS],
    send: () => send(address.includes(':') ? 'IPv6' : 'IPv4', request, port, address),
    onResponse: (_response, _datagram, source) => {
      // RFC 8489 §6.3: an answer from elsewhere is nobody's answer.
      if (source.address !== address || source.port !== port) return false;
      answered({ server: `${address} ${port}`, rttMs: outside.clock.now() - sentAtMs, shortestMs });
      return true;
    },
    onTimeout: () => answered(null),
  });
  return () => transaction.stop();
}
