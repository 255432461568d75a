/** Who has which address in the laboratory: the networks that are reserved for documentation and for carriers. */

/** Of TEST-NET-2 (RFC 5737): the rendezvous server and, for RFC 5780, its second address. */
export const SERVER = {
  address: '198.51.100.10',
  other: '198.51.100.11',
  port: 47_800,
  otherPort: 47_801,
} as const;

/** Its two addresses of IPv6, of the prefix for documentation (RFC 3849) like all of IPv6 here. The ports are the same. */
export const SERVER_IPV6 = { address: '2001:db8:ffff::10', other: '2001:db8:ffff::11' } as const;

/** The port of the one kind of connection that every network lets out. */
export const HTTPS_PORT = 443;

/** The two who call. */
export type Site = 'a' | 'b';

/** Where somebody lends their line: n1, n2 and so on. */
export type NodeSite = `n${number}`;

export type Place = Site | NodeSite;

/** As many nodes as there are addresses for them here. */
export const MOST_NODES = 9;

/** Of TEST-NET-3: what the internet sees of a site. */
export const PUBLIC_ADDRESS: Readonly<Record<Site, string>> = { a: '203.0.113.10', b: '203.0.113.20' };

/** As often as a site's own public address can change: the next ten are the other site's. */
export const MOST_PUBLIC_CHANGES = 9;

/** A public address of a site's own after it has changed so often. @throws Error where there are no more of them */
export function publicAddressAfter(site: Site, changes: number): string {
  if (changes > MOST_PUBLIC_CHANGES)
    throw new Error(`there are ${MOST_PUBLIC_CHANGES} other public addresses`);
  return `203.0.113.${(site === 'a' ? 10 : 20) + changes}`;
}

/** Who has IPv6 beside IPv4. */
export const IPV6_CHOICES = ['none', 'a', 'b', 'both'] as const;
export type Ipv6Choice = (typeof IPV6_CHOICES)[number];

export function hasIpv6(choice: Ipv6Choice, place: Place): boolean {
  return choice === place || (choice === 'both' && (place === 'a' || place === 'b'));
}

/** What a provider gives a site: a /56 would be usual, this one is a /48 because it is easier to read. Without its length. */
export function ipv6Prefix(site: Site): string {
  return `2001:db8:${site}::`;
}

/** A /64 of the site's, without its length: behind the box of that number, the outermost being 0. */
export function ipv6Network(site: Site, box: number): string {
  return `2001:db8:${site}:${box}::`;
}

export function nodeSite(index: number): NodeSite {
  return `n${index + 1}`;
}

/** What the internet sees of any site. */
export function publicAddress(place: Place): string {
  return place === 'a' || place === 'b' ? PUBLIC_ADDRESS[place] : `203.0.113.${30 + nodeNumber(place)}`;
}

/** Whose node it is that the internet sees there; null where it is nobody's. */
export function nodeSiteAt(address: string): NodeSite | null {
  const sites = Array.from({ length: MOST_NODES }, (_, index) => nodeSite(index));
  return sites.find((site) => publicAddress(site) === address) ?? null;
}

function nodeNumber(site: NodeSite): number {
  return Number(site.slice(1));
}

/** First three bytes of a network inside a site: its home's (RFC 1918), or the one between two boxes (RFC 6598). */
export function innerNetwork(site: Place, place: 'home' | 'carrier'): string {
  const number = site === 'a' ? 1 : site === 'b' ? 2 : 10 + nodeNumber(site);
  return place === 'home' ? `192.168.${number}` : `100.64.${number}`;
}
