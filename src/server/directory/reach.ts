/**
 * Which nodes serve which callers (patent S140: by the NAT of the node and of both ends). A guest begins, with a JOIN to the node's
 * address; a node behind a filter opens it first towards the guests it expects. So all depends on what the node must know of a guest
 * beforehand, and on what can be known of it:
 *
 *   the node's filter (RFC 4787 §5)    it must know      guests that it serves
 *   endpoint-independent               nothing           all that have UDP
 *   address-dependent                  their address     whose address STUN saw, also behind a NAT that varies its ports
 *   address-and-port-dependent         address and port  whose NAT maps endpoint-independently
 *
 * A node whose own NAT gives every destination another port serves nobody: no guest could know which. The filter of the guest's own
 * NAT never matters, because the guest sends first.
 */
import type { NatBehaviour, NatDependence } from '../../shared/network.ts';
import type { CarrierEnd } from '../../shared/rendezvous.ts';

/** How much must be known of a guest, or is: 0 nothing, 1 its address, 2 its address and port. */
export type Knowledge = 0 | 1 | 2;

/** What is needed to be let in by a filter. */
export const NEEDED: Record<NatDependence, Knowledge> = {
  'endpoint-independent': 0,
  'address-dependent': 1,
  'address-and-port-dependent': 2,
};

/** What a node knows of a guest that the server tells it of; null when no node is any use to it. */
export function knowledgeOf({ udp, address, port, behaviour }: CarrierEnd): Knowledge | null {
  if (udp === 'blocked') return null;
  if (address === undefined || port === undefined) return 0;
  return mapsIndependently(behaviour) ? 2 : 1;
}

/** What came through to a node's address, by where it was sent from. Undefined where nothing could be sent from there. */
export interface Shown {
  /** From the STUN port, which the node sends to. */
  readonly known: boolean;
  /** From another port of the same address, which it never sent to. */
  readonly otherPort: boolean | undefined;
  /** From another address. */
  readonly otherAddress: boolean | undefined;
}

/**
 * The filter of a node by what was shown; what it claims counts only where nothing speaks against it. `port-varies` where guests
 * cannot know its port, null where nothing reaches it.
 */
export function judgeFiltering(shown: Shown, claimed: NatBehaviour): NatDependence | 'port-varies' | null {
  // The answer came from the very address that is offered: whoever sends there is served, whatever the NAT does elsewhere.
  if (shown.otherAddress) return 'endpoint-independent';
  if (shown.otherPort) {
    if (claimed.mapping !== undefined && !mapsIndependently(claimed)) return 'port-varies';
    const claimsMore = shown.otherAddress === undefined && claimsOpen(claimed);
    return claimsMore ? 'endpoint-independent' : 'address-dependent';
  }
  if (!shown.known) return null;
  return mapsIndependently(claimed) ? 'address-and-port-dependent' : 'port-varies';
}

function mapsIndependently(behaviour: NatBehaviour | undefined): boolean {
  return behaviour !== undefined && (!behaviour.translated || behaviour.mapping === 'endpoint-independent');
}

function claimsOpen({ translated, filtering }: NatBehaviour): boolean {
  return filtering === 'endpoint-independent' || (!translated && filtering === undefined);
}
