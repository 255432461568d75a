/** What the lab says. */
import type { RouterReport } from '../../../src/shared/network.ts';
import type { TransportAddress } from '../../../src/shared/words.ts';

export interface ProtocolResult {
  /** The address the router was found at. */
  readonly router: string;
  readonly external: TransportAddress;
  /** The external port is our own. */
  readonly isSamePort: boolean;
  readonly lifetimeMs: number | undefined;
  /** What a renewal gave. */
  readonly renewed: TransportAddress | undefined;
  /** Datagrams that came through before there was a mapping. */
  readonly arrivedBeforeAsking: number;
  /** Datagrams that came through when the mapping had been taken back. */
  readonly arrivedAfterTakingBack: number;
}

export interface ServiceResult {
  readonly report: RouterReport;
  /** From the start of the path service, ms. */
  readonly provedAfterMs: number;
  /** Server-reflexive candidates that a call would offer, `address:port`. */
  readonly offered: readonly string[];
  readonly mappedDuring: boolean;
  readonly mappedAfter: boolean;
  /** Whether the IPv6 firewall still lets something in, which it did before. */
  readonly pinholeAfter: boolean;
}

export interface LabResult {
  readonly pcp: ProtocolResult;
  readonly 'nat-pmp': ProtocolResult;
  readonly 'upnp-igd': ProtocolResult;
  /** PCP for IPv6. */
  readonly pinhole: ProtocolResult;
  readonly service: ServiceResult;
}
