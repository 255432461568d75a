/** Filtering behaviour (RFC 4787 §5), from what came through to a socket that had only spoken to one address of a server. */
import type { NatDependence } from '../../../shared/network.ts';

export interface FilteringEvidence {
  /** RFC 5780 §4.4 test II: whether the answer from the server's other address and other port came through. */
  readonly otherAddress: boolean;
  /** Test III: the same from its other port alone. */
  readonly otherPort: boolean;
  /** Whether that other port is known to answer at all: it answered when it was asked itself. */
  readonly otherPortAnswers: boolean;
}

/** Of a server whose other address is known to answer. Undefined when it cannot be told. */
export function filteringFrom(evidence: FilteringEvidence): NatDependence | undefined {
  const { otherAddress, otherPort, otherPortAnswers } = evidence;
  if (otherAddress) return 'endpoint-independent';
  if (otherPort) return 'address-dependent';
  return otherPortAnswers ? 'address-and-port-dependent' : undefined;
}
