/** Which callers could come to this machine, by what is known of the NATs before it, and what would let more come (docs/protocol.md §5a). Pure. */
import type { FamilyReport, NatBehaviour, RouterReport } from '../../../shared/network.ts';
import type { VolunteerState } from '../../../shared/volunteer.ts';

type Reach = VolunteerState['reach'];

export interface ReachFacts {
  readonly udp: 'unknown' | 'asking' | 'works' | 'silent';
  readonly IPv4: FamilyReport;
  readonly IPv6: FamilyReport;
  readonly router: RouterReport;
  /** The server sent to this machine, and nothing of it came. */
  readonly unreachable: boolean;
}

export function reachOf(facts: ReachFacts): Reach {
  if (facts.udp === 'silent') return { callers: 'nobody', remedies: ['udp'] };
  const callers = callersOf(facts);
  if (callers === 'everybody' || callers === 'unknown') return { callers, remedies: [] };
  const remedies: Reach['remedies'] = [];
  if (facts.IPv4.behaviour?.translated && !isMapped(facts.router)) remedies.push('port-mapping');
  if (!facts.IPv6.mapped) remedies.push('ipv6');
  return { callers, remedies };
}

function callersOf({ IPv4, IPv6, router, unreachable }: ReachFacts): Reach['callers'] {
  if (unreachable) return 'nobody';
  if (isMapped(router)) return 'everybody';
  // The server judges a node by its IPv4 socket, where it has one.
  const { mapped, behaviour } = IPv4.mapped ? IPv4 : IPv6;
  return mapped && behaviour ? callersThrough(behaviour) : 'unknown';
}

function callersThrough({ translated, mapping, filtering }: NatBehaviour): Reach['callers'] {
  // Guests begin, and cannot know a port that is another one for each of them.
  if (translated && mapping !== undefined && mapping !== 'endpoint-independent') return 'nobody';
  switch (filtering) {
    case 'endpoint-independent':
      return 'everybody';
    case 'address-dependent':
      return 'most';
    case 'address-and-port-dependent':
      return 'open';
    default:
      return 'unknown';
  }
}

function isMapped({ state }: RouterReport): boolean {
  return state === 'proved' || state === 'mapped';
}
