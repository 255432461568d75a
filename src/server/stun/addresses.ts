/** The addresses of this machine that STUN is served on, and which of them belong together (RFC 5780 §6). */
import { isIP, isIPv4 } from 'node:net';
import { canonicalIp } from '../../main/engine/stun/ip.ts';
import { StunAddressError } from '../errors.ts';

export interface StunAddress {
  /** What is bound: one address of this machine, not all of them. */
  readonly address: string;
  /** The address that the internet reaches it at, behind a NAT that maps addresses one to one and leaves ports alone. */
  readonly publicAddress?: string;
}

/** Where STUN is served in one address family. With an alternate it is a server by RFC 5780. */
export interface StunPlace {
  readonly primary: StunAddress;
  readonly alternate?: StunAddress;
}

export type Family = 'IPv4' | 'IPv6';

export function familyOf(address: string): Family {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}

/** The address that clients know it by. */
export function seenFromOutside({ address, publicAddress }: StunAddress): string {
  return publicAddress ?? address;
}

/** `address` or `address=public address`, in canonical spelling; null when it is neither, or not one address of one family. */
export function parseStunAddress(text: string): StunAddress | null {
  const [address = null, publicAddress, ...more] = text.split('=').map(canonicalIp);
  if (address === null || publicAddress === null || more.length > 0 || isEveryAddress(address)) return null;
  if (publicAddress === undefined) return { address };
  if (isEveryAddress(publicAddress) || familyOf(address) !== familyOf(publicAddress)) return null;
  return { address, publicAddress };
}

function isEveryAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/**
 * Pairs the addresses and their alternates by family; undefined when none are named, and STUN goes where the rest of the server is.
 *
 * @param host where the rest of the server is: the first address of a pair that has no other
 * @throws StunAddressError when they do not go together
 */
export function pairStunAddresses(
  host: string,
  addresses: readonly StunAddress[],
  alternates: readonly StunAddress[],
): StunPlace[] | undefined {
  if (addresses.length === 0 && alternates.length === 0) return undefined;
  const primaries = addresses.length > 0 ? addresses : [hostOfPair(host)];
  const places = new Map<Family, StunPlace>();
  for (const primary of primaries) {
    const family = familyOf(primary.address);
    if (places.has(family)) throw new StunAddressError('stun-host', `names two ${family} addresses`);
    places.set(family, { primary });
  }
  for (const alternate of alternates) {
    const family = familyOf(alternate.address);
    const place = places.get(family);
    if (!place) {
      const problem = `${alternate.address} needs an ${family} address that it is the alternate of: name it with --stun-host`;
      throw new StunAddressError('stun-alternate-host', problem);
    }
    if (place.alternate) throw new StunAddressError('stun-alternate-host', `names two ${family} addresses`);
    if (haveOneInCommon(place.primary, alternate)) {
      throw new StunAddressError('stun-alternate-host', 'must be another address than the first one');
    }
    places.set(family, { ...place, alternate });
  }
  return [...places.values()];
}

function hostOfPair(host: string): StunAddress {
  if (isIP(host) !== 0 && !isEveryAddress(host)) return { address: host };
  const problem = `needs --stun-host, the first of the two addresses: --host ${host} is not one address, and a socket on all of them cannot choose the one that an answer leaves from`;
  throw new StunAddressError('stun-alternate-host', problem);
}

function haveOneInCommon(one: StunAddress, other: StunAddress): boolean {
  return one.address === other.address || seenFromOutside(one) === seenFromOutside(other);
}
