/** From where the servers that answered see us: only one on the internet can say how the internet sees us. */
import type { FamilyReport, NetworkReport } from '../../shared/network.ts';
import { isLocalNetwork } from '../call/path/path-sentence.ts';
import { type Check, check } from './check.ts';

export type Family = 'IPv4' | 'IPv6';
export const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** What part of the world an address is good for. */
export type AddressScope = 'here' | 'local' | 'shared' | 'internet';

/** Loopback; RFC 1918, RFC 3927 and RFC 4193; what carriers share among customers (RFC 6598); the rest. */
export function addressScope(address: string): AddressScope {
  if (address.startsWith('127.') || address === '::1') return 'here';
  if (isLocalNetwork(address)) return 'local';
  const [first, second] = address.split('.').map(Number);
  return first === 100 && second !== undefined && second >= 64 && second <= 127 ? 'shared' : 'internet';
}

/** The widest view that any answer gave; null when nobody answered. */
export function viewpoint(report: NetworkReport): AddressScope | null {
  const seen = FAMILIES.flatMap((family) => {
    const { mapped } = report[family];
    return mapped ? [addressScope(mapped.address)] : [];
  });
  return (['internet', 'shared', 'local', 'here'] as const).find((scope) => seen.includes(scope)) ?? null;
}

/** Whether the family is seen from beyond the local network. */
export function seenFromOutside({ mapped }: FamilyReport): boolean {
  if (mapped === undefined) return false;
  const scope = addressScope(mapped.address);
  return scope === 'internet' || scope === 'shared';
}

/** The family that the checks of the NAT speak of: IPv4, whose NATs are the trouble, unless only IPv6 gets out. */
export function natFamily(report: NetworkReport): Family {
  return !seenFromOutside(report.IPv4) && seenFromOutside(report.IPv6) ? 'IPv6' : 'IPv4';
}

/** The check of a fact that is missing: still awaited, or why it cannot be told. */
export function untold(report: NetworkReport, family: Family): Check {
  const view = viewpoint(report);
  if (view === 'here' || view === 'local') return check('untested', `untold.${view}`);
  const reason = report[family].untold;
  if (reason === 'asking' || (reason === undefined && report.running)) {
    return check('pending', 'untold.asking');
  }
  if (reason === 'plain-servers') return check('untested', 'untold.plain-servers', 'betterServer');
  return check('untested', `untold.${reason ?? 'unknown'}`);
}
