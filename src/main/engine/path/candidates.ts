/** Candidates: which addresses are offered, in which order, and which ones of the other side are tried (RFC 8445 §5.1). */
import { isIPv4 } from 'node:net';
import type { Candidate, CandidateType, TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, HostAddress } from '../outside/index.ts';
import { ipToBytes } from '../stun/ip.ts';
import { MAX_LOCAL_CANDIDATES, TYPE_PREFERENCE } from './constants.ts';

/** RFC 8445 §5.1.2.1, for the only component there is. `localPreference` is 0 to 65535. */
export function candidatePriority(type: CandidateType, localPreference: number): number {
  return TYPE_PREFERENCE[type] * 2 ** 24 + localPreference * 2 ** 8 + 255;
}

/** One socket a family is one base: all candidates of ours stand for the same pairs, so one priority does for them. */
export const OWN_PRIORITY = candidatePriority('host', 65_535);

/** RFC 8445 §6.1.2.3, with G the controlling side's candidate and D the controlled side's. */
export function pairPriority(controlling: number, controlled: number): number {
  // The exact value needs 63 bits; the order of pairs does not.
  const low = Math.min(controlling, controlled);
  const high = Math.max(controlling, controlled);
  return low * 2 ** 32 + 2 * high + (controlling > controlled ? 1 : 0);
}

export function familyOf(address: string): AddressFamily {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** Addresses that other sites have as well: RFC 1918, RFC 6598 (a carrier's), RFC 3927, RFC 4193. */
export function isPrivate(address: string): boolean {
  const [first = 0, second = 0] = ipToBytes(address) ?? [];
  if (!isIPv4(address)) return (first & 0xfe) === 0xfc;
  return (
    first === 10 ||
    (first === 172 && (second & 0xf0) === 16) ||
    (first === 192 && second === 168) ||
    (first === 100 && (second & 0xc0) === 64) ||
    (first === 169 && second === 254)
  );
}

/** An address that names one machine and needs no zone: not unspecified, multicast, broadcast, IPv4-mapped or IPv6 link-local. */
export function isUnicast(address: string): boolean {
  const bytes = ipToBytes(address);
  if (bytes === null) return false;
  const [first = 0, second = 0] = bytes;
  if (bytes.length === 4) return first !== 0 && first < 224;
  if (first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80)) return false;
  return !bytes.subarray(0, 12).equals(MAPPED_PREFIX) && bytes.some((byte) => byte !== 0);
}

const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/** Names that virtual machines and containers give their bridges: reachable from this machine alone as a rule. */
const INNER_INTERFACE = /^(docker|br-|veth|virbr|vmnet|vboxnet|vethernet)/i;

/**
 * Host addresses worth offering, best first: real interfaces before those of containers, global IPv6 before IPv4 (RFC 8421 §4) before
 * the rest of IPv6. Loopback only where it is wanted or nothing else is up.
 */
export function offerableHosts(addresses: readonly HostAddress[], includeLoopback: boolean): HostAddress[] {
  const unicast = addresses.filter(({ address }) => isUnicast(address));
  const outward = unicast.filter(({ loopback }) => !loopback);
  const offered = includeLoopback || outward.length === 0 ? unicast : outward;
  return [...offered].sort((a, b) => hostRank(a) - hostRank(b));
}

function hostRank({ interfaceName, address, family, loopback }: HostAddress): number {
  const inner = INNER_INTERFACE.test(interfaceName) ? 10 : 0;
  if (loopback) return 20;
  if (family === 'IPv4') return inner + 1;
  // RFC 4193 addresses begin with fc or fd.
  return inner + (/^f[cd]/.test(address) ? 2 : 0);
}

/**
 * Our candidates, best first.
 *
 * @param hosts in order of preference
 * @param mapped server-reflexive addresses, nearest server first
 */
export function localCandidates(
  hosts: readonly TransportAddress[],
  mapped: readonly TransportAddress[],
): Candidate[] {
  const found: Candidate[] = [];
  const add = (type: CandidateType, { address, port }: TransportAddress, rank: number): void => {
    if (
      found.length === MAX_LOCAL_CANDIDATES ||
      found.some((c) => c.address === address && c.port === port)
    ) {
      return;
    }
    found.push({ type, address, port, priority: candidatePriority(type, 65_535 - rank) });
  };
  hosts.forEach((host, rank) => {
    add('host', host, rank);
  });
  mapped.forEach((address, rank) => {
    add('srflx', address, rank);
  });
  return found;
}

/** Where a pair leaves from, until an ack tells: the first of our candidates that is as near to us as that address. */
export function probableLocalEnd(
  ours: readonly Candidate[],
  address: string,
  socket?: DatagramSocket,
): Pick<Candidate, 'address' | 'port' | 'type'> {
  const family = familyOf(address);
  const same = ours.filter((candidate) => familyOf(candidate.address) === family);
  const found = same.find((candidate) => isLoopback(candidate.address) === isLoopback(address)) ?? same[0];
  if (found) return { address: found.address, port: found.port, type: found.type };
  return { address: family === 'IPv4' ? '0.0.0.0' : '::', port: socket?.port ?? 0, type: 'host' };
}
