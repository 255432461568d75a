/** Checks 1 to 3: what this computer has, and whether it finds its server. */
import type { NetworkState, ServerState } from '../../shared/app.ts';
import { type Check, check } from './check.ts';

export function interfaceCheck({ hostAddresses }: NetworkState): Check {
  const count = new Set(hostAddresses.map(({ interfaceName }) => interfaceName)).size;
  if (count === 0) return check('bad', 'interface.none', 'connect');
  return check('good', `interface.${count === 1 ? 'one' : 'many'}`, undefined, { count });
}

export function socketsCheck({ sockets }: NetworkState): Check {
  const families = new Set(sockets.map(({ family }) => family));
  if (families.size === 2) return check('good', 'sockets.both');
  if (families.has('IPv4')) return check('good', 'sockets.IPv4');
  if (families.has('IPv6')) return check('note', 'sockets.IPv6', 'needsIPv4');
  return check('bad', 'sockets.none', 'firewall');
}

export function serverCheck({ state, embedded, reason }: ServerState): Check {
  if (state === 'connected') {
    return embedded ? check('note', 'server.embedded', 'server') : check('good', 'server.connected');
  }
  if (state === 'connecting') return check('pending', 'server.connecting');
  return check('bad', `server.${reason ?? 'none'}`, serverRemedies[reason ?? 'none']);
}

const serverRemedies = {
  none: 'serverAddress',
  unreachable: 'serverAddress',
  closed: 'wait',
  silent: 'wait',
  refused: 'askServerOwner',
  replaced: 'closeOther',
  version: 'update',
  'not-byway': 'serverAddress',
} as const satisfies Record<NonNullable<ServerState['reason']> | 'none', string>;
