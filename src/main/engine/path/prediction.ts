/** Which port a NAT that gives its ports in sequence will have given: the arithmetic alone (`PREDICTED_PORTS` says why it works). */
import type { Role } from './checks.ts';
import { FIRST_NAT_PORT, NAT_PORTS, PREDICTED_PORTS } from './constants.ts';
import type { Mapping } from './technique.ts';

/**
 * How many steps past their latest port each of our checks goes, in the order in which they are sent.
 *
 * @param own where every check of ours moves us on as it moves them on, the controlling side leaves out every other port
 */
export function stepsToTry(role: Role, own: Mapping, theirs: Mapping): number[] {
  const bothMove = own.kind === 'steps' && own.everyPort && theirs.kind === 'steps' && theirs.everyPort;
  const pace = bothMove && role === 'controlling' ? 2 : 1;
  return Array.from({ length: PREDICTED_PORTS }, (_, index) => 1 + pace * index);
}

/** The port that comes so many steps after the latest one. Past the end of the range it goes on at the other end. */
export function portAfter(latestPort: number, stride: number, steps: number): number {
  // A NAT that gives a port below 1024 gives others there.
  const first = latestPort < FIRST_NAT_PORT ? 1 : FIRST_NAT_PORT;
  const count = FIRST_NAT_PORT + NAT_PORTS - first;
  const offset = (latestPort - first + stride * steps) % count;
  return first + (offset < 0 ? offset + count : offset);
}
