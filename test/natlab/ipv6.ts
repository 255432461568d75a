/** IPv6 beside the IPv4 of a laboratory that is built: a prefix for each site that has it, and a firewall instead of a NAT. */
import { hasIpv6, ipv6Network, ipv6Prefix, SERVER_IPV6, type Site } from './addresses.ts';
import { boxNames, HOST_DEVICE, hostOf, INSIDE, INTERNET, type InternetOptions } from './internet.ts';
import { boxesOf, type Kind } from './kinds.ts';
import { allowIpv6, configure, setRules } from './namespaces.ts';
import { ipv6RulesFor, OUTSIDE } from './nat-rules.ts';

/** Adds it to what `buildInternet` has built, for whoever has it. */
export async function addIpv6({ ipv6 = 'none', kinds }: InternetOptions): Promise<void> {
  if (ipv6 === 'none') return;
  await addInTheMiddle();
  const sites: readonly Site[] = kinds.a === 'lan' ? ['a'] : ['a', 'b'];
  for (const site of sites) if (hasIpv6(ipv6, site)) await addToSite(site, kinds[site]);
}

/** Gives the servers their addresses. */
async function addInTheMiddle(): Promise<void> {
  await allowIpv6(INTERNET, ['lo']);
  await configure(INTERNET, [
    `address add ${SERVER_IPV6.address}/128 dev lo`,
    `address add ${SERVER_IPV6.other}/128 dev lo`,
    // As for IPv4: no server hears from its own kernel that an address leads nowhere.
    'route add ::/0 dev lo',
  ]);
  await setRules(
    INTERNET,
    `
table ip6 middle {
  chain nowhere {
    type filter hook forward priority filter; policy accept;
    oifname "lo" drop
  }
}`,
  );
}

/** Gives a site its prefix: each box has a /64 behind it, and the last one, the home's, has the firewall. */
async function addToSite(site: Site, kind: Kind): Promise<void> {
  const boxes = boxNames(kind, site);
  await allowIpv6(INTERNET, [`to-${site}`]);
  await configure(INTERNET, [`route add ${ipv6Prefix(site)}/48 dev to-${site}`]);
  for (const [index, box] of boxes.entries()) {
    const isHome = index === boxes.length - 1;
    await allowIpv6(box, [OUTSIDE, INSIDE]);
    await configure(box, [
      `address add ${ipv6Network(site, index)}1/64 dev ${INSIDE}`,
      ...(index === 0 ? [] : [`address add ${ipv6Network(site, index - 1)}2/64 dev ${OUTSIDE}`]),
      `route add ::/0 ${index === 0 ? '' : `via ${ipv6Network(site, index - 1)}1`} dev ${OUTSIDE}`,
      ...(isHome ? [] : [`route add ${ipv6Prefix(site)}/48 via ${ipv6Network(site, index)}2 dev ${INSIDE}`]),
    ]);
    const behaviour = boxesOf(kind)[index];
    if (isHome && behaviour) await setRules(box, ipv6RulesFor(behaviour));
  }
  for (const host of hostsOf(site, kind)) {
    await allowIpv6(hostOf(host), [HOST_DEVICE]);
    await configure(hostOf(host), [
      `address add ${ipv6AddressOf(kind, host)} dev ${HOST_DEVICE}`,
      `route add ::/0 ${ipv6WayOut(kind, host)}`,
    ]);
  }
}

/** Of the machine at a site, with the length of its network, after its address has changed so often. */
export function ipv6AddressOf(kind: Kind, site: Site, changes = 0): string {
  // Two machines of one network take turns. The number is read as hexadecimal, which makes no two of them one.
  const number = (kind === 'lan' && site === 'b' ? 3 : 2) + 2 * changes;
  const boxes = boxesOf(kind).length;
  const network = boxes === 0 ? ipv6Prefix(site) : ipv6Network(homeOf(kind, site), boxes - 1);
  return `${network}${number}/${boxes === 0 ? 128 : 64}`;
}

/** The end of a default route. */
export function ipv6WayOut(kind: Kind, site: Site): string {
  const boxes = boxesOf(kind).length;
  return boxes === 0
    ? `dev ${HOST_DEVICE}`
    : `via ${ipv6Network(homeOf(kind, site), boxes - 1)}1 dev ${HOST_DEVICE}`;
}

/** Two machines behind one router are both at site a. */
function homeOf(kind: Kind, site: Site): Site {
  return kind === 'lan' ? 'a' : site;
}

function hostsOf(site: Site, kind: Kind): readonly Site[] {
  return kind === 'lan' ? ['a', 'b'] : [site];
}
