/** Whom a NAT lets one call directly: mapping × filtering × how ports are chosen, one way of telling networks apart by what gets through. */
import type { NatBehaviour, NetworkReport } from '../../shared/network.ts';
import { natFamily, seenFromOutside } from './viewpoint.ts';

/** From open to strict. The first three map endpoint-independently and differ in their filtering (RFC 4787 §4.1, §5). */
export const NETWORK_KINDS = ['open', 'address', 'port', 'sequential', 'random'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** `perhaps`: only a search among many ports can find a way, and it may not. */
export type Reach = 'yes' | 'perhaps' | 'no';

/** Symmetric: whoever sends to one learns its port from the packet; one that filters by port drops it unless the port was foreseen. */
const REACH: Readonly<Record<NetworkKind, Readonly<Record<NetworkKind, Reach>>>> = {
  open: { open: 'yes', address: 'yes', port: 'yes', sequential: 'yes', random: 'yes' },
  address: { open: 'yes', address: 'yes', port: 'yes', sequential: 'yes', random: 'yes' },
  port: { open: 'yes', address: 'yes', port: 'yes', sequential: 'yes', random: 'perhaps' },
  sequential: { open: 'yes', address: 'yes', port: 'yes', sequential: 'yes', random: 'no' },
  random: { open: 'yes', address: 'yes', port: 'perhaps', sequential: 'no', random: 'no' },
};

export function reach(one: NetworkKind, other: NetworkKind): Reach {
  return REACH[one][other];
}

/** The kind of a network; undefined while its mapping is not known. What else is not known is taken to be strict. */
export function kindOf({
  translated,
  mapping,
  filtering,
  allocation,
}: NatBehaviour): NetworkKind | undefined {
  const seen = mapping ?? (translated ? undefined : 'endpoint-independent');
  if (seen === undefined) return undefined;
  if (seen !== 'endpoint-independent') return allocation?.kind === 'sequential' ? 'sequential' : 'random';
  if (filtering === 'endpoint-independent') return 'open';
  return filtering === 'address-dependent' ? 'address' : 'port';
}

/** The kind of the network this computer is in. A port that the router holds open for us lets in everybody. */
export function ownKind(report: NetworkReport): NetworkKind | undefined {
  const family = natFamily(report);
  const { behaviour } = report[family];
  if (!seenFromOutside(report[family])) return undefined;
  if (family === 'IPv4' && report.router.state === 'proved') return 'open';
  return behaviour && kindOf(behaviour);
}

/** Whether every kind of network is reached directly. */
export function reachesAll(kind: NetworkKind | undefined): boolean {
  return kind !== undefined && NETWORK_KINDS.every((other) => reach(kind, other) === 'yes');
}

/** The kind as the NAT alone makes it, without what the router maps. */
export function kindWithoutRouter(report: NetworkReport): NetworkKind | undefined {
  return ownKind({ ...report, router: { state: 'none' } });
}
