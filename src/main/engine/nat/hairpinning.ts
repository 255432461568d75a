/** Hairpinning (RFC 4787 §6, RFC 5780 §4.5): whether what we send to a public address of ours comes back in. */
import type { TransportAddress } from '../../../shared/words.ts';
import type { Outside } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import { encodeStun, METHOD_BINDING } from '../stun/message.ts';
import { HAIRPIN_PAUSES_MS } from './constants.ts';
import type { NamedAddresses } from './named-addresses.ts';
import type { Road } from './types.ts';

/** One of our sockets, and where a server says that it is seen. */
export interface SeenSocket {
  readonly road: Road;
  readonly mapped: TransportAddress;
}

/**
 * Both sockets send to the other's public address, as two machines behind one NAT do when they punch: a NAT that filters has then
 * been opened from inside on both mappings, and what stays away is not for the filter's sake.
 *
 * @returns whether either of them was reached within `HAIRPIN_PAUSES_MS`; undefined when that could not be tried
 */
export function findHairpinning(
  outside: Outside,
  [one, other]: readonly [SeenSocket, SeenSocket],
  named: NamedAddresses,
): Promise<boolean | undefined> {
  const ends = [one, other];
  if (ends.some(({ road }) => road.closed.aborted)) return Promise.resolve(undefined);
  const transactionId = outside.random.bytes(TRANSACTION_ID_BYTES);
  const request = encodeStun(
    { method: METHOD_BINDING, class: 'request', transactionId, attributes: [] },
    { fingerprint: true },
  );
  return new Promise((resolve) => {
    let sent = 0;
    const settle = (found: boolean | undefined): void => {
      for (const { road } of ends) {
        road.arrivals.delete(onArrival);
        road.closed.removeEventListener('abort', onAbort);
      }
      transaction.stop();
      resolve(found);
    };
    const send = (from: SeenSocket, to: SeenSocket): void => {
      if (!named.maySend(to.mapped.address)) return;
      from.road.send(request, to.mapped.port, to.mapped.address);
      sent++;
    };
    const onArrival = (arrived: Buffer): void => {
      if (!arrived.equals(transactionId)) return;
      for (const { mapped } of ends) named.answered(mapped.address);
      settle(true);
    };
    const onAbort = (): void => settle(undefined);
    for (const { road } of ends) {
      road.arrivals.add(onArrival);
      road.closed.addEventListener('abort', onAbort, { once: true });
    }
    const transaction = one.road.transactions.start({
      transactionId,
      pausesMs: HAIRPIN_PAUSES_MS,
      send: () => {
        send(one, other);
        send(other, one);
      },
      // We do not answer ourselves: an answer would be somebody else's.
      onResponse: () => false,
      onTimeout: () => settle(sent > 0 ? false : undefined),
    });
  });
}
