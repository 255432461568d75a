/**
 * The four transport addresses of an RFC 5780 server in one family: two addresses, two ports each. A corner is numbered so that its bits
 * say which: 1 for the alternate port, 2 for the alternate address.
 */
import type { Socket } from 'node:dgram';
import { type StunAddress, seenFromOutside } from './addresses.ts';

/** Bits of a corner's number. */
export const ALTERNATE_PORT = 1;
export const ALTERNATE_ADDRESS = 2;
/** How many there are. */
export const CORNERS = 4;

export interface Corner {
  /** As clients know it. */
  readonly address: string;
  /** As it is bound; another one only behind a NAT that maps addresses one to one. */
  readonly boundAddress: string;
  readonly port: number;
}

/** The corners of a pair of addresses, once its sockets are bound, in their order. */
export function cornersOf(
  primary: StunAddress,
  alternate: StunAddress,
  sockets: readonly Socket[],
): Corner[] {
  return sockets.map((socket, index) => {
    const which = (index & ALTERNATE_ADDRESS) === 0 ? primary : alternate;
    return { address: seenFromOutside(which), boundAddress: which.address, port: socket.address().port };
  });
}

/** The corner an answer leaves from, for a request that came in at `at` (RFC 5780 §6.1, table 1). */
export function answeringCorner(at: number, changeAddress: boolean, changePort: boolean): number {
  return at ^ (changeAddress ? ALTERNATE_ADDRESS : 0) ^ (changePort ? ALTERNATE_PORT : 0);
}

/** The corner that OTHER-ADDRESS names: both differ from where the request came in (RFC 5780 §7.4). */
export function oppositeCorner(at: number): number {
  return at ^ ALTERNATE_ADDRESS ^ ALTERNATE_PORT;
}

/** Whether a datagram sent there would come back to this server. */
export function isOwnCorner(corners: readonly Corner[], address: string, port: number): boolean {
  return corners.some(
    (corner) => corner.port === port && (corner.address === address || corner.boundAddress === address),
  );
}
