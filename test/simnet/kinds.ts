/** Sites by name: the kinds of `test/natlab`, and what else is met. */
import type { NatDependence } from '../../src/shared/network.ts';
import type { SimulatedInternet, Site } from './internet.ts';
import type { LinkQuality } from './link.ts';
import type { NatOptions } from './nat.ts';
import type { Allocation } from './port-allocation.ts';

/** RFC 4787 REQ-5's minimum, ms. */
const LIFETIME_MS = 120_000;

function nat(
  mapping: NatDependence,
  filtering: NatDependence,
  allocation: Allocation,
  hairpinning = false,
): NatOptions {
  return { mapping, filtering, allocation, hairpinning, lifetimeMs: LIFETIME_MS };
}

const INDEPENDENT = 'endpoint-independent';
const BY_PORT = 'address-and-port-dependent';

const NATS = {
  fullcone: nat(INDEPENDENT, INDEPENDENT, { kind: 'preserving' }, true),
  addr: nat(INDEPENDENT, 'address-dependent', { kind: 'preserving' }),
  port: nat(INDEPENDENT, BY_PORT, { kind: 'preserving' }),
  sym: nat(BY_PORT, BY_PORT, { kind: 'random' }),
  symseq: nat(BY_PORT, BY_PORT, { kind: 'sequential', stride: 1 }),
} as const satisfies Record<string, NatOptions>;

/** A carrier's NAT that does what RFC 6888 asks of one: endpoint-independent, with hairpinning. */
const CARRIER_NAT = nat(INDEPENDENT, BY_PORT, { kind: 'random' }, true);

export const KINDS = [
  'open',
  'firewall',
  'fullcone',
  'addr',
  'port',
  'cgn',
  'symseq',
  'sym',
  'udpblock',
] as const;
export type Kind = (typeof KINDS)[number];

/** A site of the kind, on a line of its own. */
export function siteOfKind(
  internet: SimulatedInternet,
  kind: Kind,
  line: LinkQuality,
  hasIPv6 = false,
): Site {
  const options = {
    up: line,
    down: line,
    ...(hasIPv6 && { IPv6: { filtering: BY_PORT, lifetimeMs: LIFETIME_MS } as const }),
  };
  switch (kind) {
    case 'open':
      return internet.site(options);
    case 'firewall':
      return internet.site({ ...options, firewall: { filtering: BY_PORT, lifetimeMs: LIFETIME_MS } });
    case 'udpblock':
      return internet.site({ ...options, udpBlocked: true });
    case 'cgn':
      return internet.site({
        ...options,
        nat: NATS.port,
        carrier: internet.carrier(CARRIER_NAT, { delayMs: 1 }),
      });
    default:
      return internet.site({ ...options, nat: NATS[kind] });
  }
}

/** A site that lets no UDP out but what stands for a WebSocket: datagrams to a port of a relay. */
export function siteWithWebSockets(internet: SimulatedInternet, line: LinkQuality, port: number): Site {
  return internet.site({ up: line, down: line, nat: { ...NATS.port, onlyToPort: port } });
}
