/** Filtering behaviour (RFC 4787 §5), from what came through to a socket that had only spoken to one address of a server. */
import type { NatDependence } from '../../../shared/network.ts';

export interface FilteringEvidence {
  /** RFC 5780 §4.4 test II: whether the answer from the server's other address and other port came through. */
  readonly otherAddress: boolean;
  /** Test III: the same from its other port alone. */
  readonly otherPort: boolean;
  /** Whether those two of its addresses are known to answer at all: they answered when they were asked themselves. */
  readonly otherAddressAnswers: boolean;
  readonly otherPortAnswers: boolean;
}

/** Undefined when it cannot be told: silence of an address that never speaks says nothing of a filter. */
export function filteringFrom(evidence: FilteringEvidence): NatDependence | undefined {
  const { otherAddress, otherPort, otherAddressAnswers, otherPortAnswers } = evidence;
  if (otherAddress) return 'endpoint-independent';
  if (otherPort) return otherAddressAnswers ? 'address-dependent' : undefined;
  return otherPortAnswers ? 'address-and-port-dependent' : undefined;
}
