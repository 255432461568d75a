/** Mapping behaviour (RFC 4787 §4.1): from which public addresses one socket of ours is seen by different servers. */
import type { NatDependence } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import { isSame } from './ask.ts';

/** What one socket was seen as, by somebody at another address. */
export interface Sighting {
  readonly server: TransportAddress;
  readonly mapped: TransportAddress;
}

/**
 * RFC 5780 §4.3 for any set of servers: a server's own four addresses, or several plain ones. Two addresses that see the same mapping
 * outvote others: one server can be wrong, two do not agree by chance.
 *
 * With plain servers alone, whether a mapping that depends on the address depends on the port too stays open; the stricter kind, which is
 * by far the commoner one, is then said, and `certain` is false.
 *
 * @returns null when the sightings do not tell: fewer than two, or at one IP address alone
 */
export function mappingFrom(
  sightings: readonly Sighting[],
): { readonly mapping: NatDependence; readonly certain: boolean } | null {
  const pairs = sightings.flatMap((one, index) =>
    sightings.slice(index + 1).map((other) => ({ one, other })),
  );
  const sameIp = pairs.filter(({ one, other }) => one.server.address === other.server.address);
  const otherIp = pairs.filter(({ one, other }) => one.server.address !== other.server.address);
  const agree = ({ one, other }: (typeof pairs)[number]) => isSame(one.mapped, other.mapped);
  if (otherIp.some(agree)) return { mapping: 'endpoint-independent', certain: true };
  if (sameIp.some((pair) => !agree(pair))) return { mapping: 'address-and-port-dependent', certain: true };
  if (otherIp.length === 0) return null;
  if (sameIp.length > 0) return { mapping: 'address-dependent', certain: true };
  return { mapping: 'address-and-port-dependent', certain: false };
}
