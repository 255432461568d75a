/** The internet of the laboratory, and the sites at its wires, out of network namespaces. */
import {
  HTTPS_PORT,
  type Ipv6Choice,
  innerNetwork,
  nodeSite,
  type Place,
  publicAddress,
  SERVER,
  type Site,
} from './addresses.ts';
import { type Behaviour, boxesOf, type Kind } from './kinds.ts';
import { addNamespace, configure, feed, setRules } from './namespaces.ts';
import { OUTSIDE, rulesFor } from './nat-rules.ts';
import { layWire } from './wire/wire.ts';

/** The namespace in the middle, where servers run. */
export const INTERNET = 'internet';
/** A bridge to all that is behind a box. */
export const INSIDE = 'lan';
export const HOST_DEVICE = 'eth0';

export interface InternetOptions {
  readonly kinds: Readonly<Record<Site, Kind>>;
  /** What those are behind who lend their lines, n1 first. */
  readonly nodes?: readonly Kind[];
  /** Between each site and the internet, one way, ms. */
  readonly delayMs: number;
  /** Who has IPv6 too, nobody without: see ipv6.ts. */
  readonly ipv6?: Ipv6Choice;
  /** The same for IPv6, where it goes another way. */
  readonly ipv6DelayMs?: number;
  /** Of packets each way at each site, per cent. */
  readonly lossPercent: number;
  readonly wireProgram: string;
}

/** Builds everything and gives the namespace of each site's machine. It lasts as long as this process (enclosure.ts). */
export async function buildInternet(options: InternetOptions): Promise<Readonly<Record<Site, string>>> {
  const { kinds, nodes = [] } = options;
  await buildMiddle();
  const callers: readonly (readonly [Site, readonly string[]])[] =
    kinds.a === 'lan'
      ? [['a', ['a-host', 'b-host']]]
      : [
          ['a', ['a-host']],
          ['b', ['b-host']],
        ];
  await Promise.all([
    ...callers.map(([site, hosts]) => buildSite(site, kinds[site], hosts, options)),
    ...nodes.map((kind, index) => buildSite(nodeSite(index), kind, [hostOf(nodeSite(index))], options)),
  ]);
  return { a: hostOf('a'), b: hostOf('b') };
}

/** The namespace of the machine at a site. */
export function hostOf(place: Place): string {
  return `${place}-host`;
}

/** The namespaces of the boxes before a site's machine, the outermost first. Two machines behind one router are both at site a. */
export function boxNames(kind: Kind, site: Place): readonly string[] {
  return boxesOf(kind).map((_behaviour, index) => `${kind === 'lan' ? 'a' : site}-box-${index}`);
}

async function buildMiddle(): Promise<void> {
  await addNamespace(INTERNET);
  await configure(INTERNET, [
    `address add ${SERVER.address}/32 dev lo`,
    `address add ${SERVER.other}/32 dev lo`,
    // A server that sends to an address that leads nowhere must not hear so from its own kernel: no server on the internet does.
    'route add default dev lo',
  ]);
  await setRules(
    INTERNET,
    `
table ip middle {
  chain nowhere {
    type filter hook forward priority filter; policy accept;
    oifname "lo" drop
  }
  chain https {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr ${SERVER.address} tcp dport ${HTTPS_PORT} dnat to :${SERVER.port}
  }
}`,
  );
}

/** One site: a wire, the boxes of its kind in a row, the machines behind the last one. */
async function buildSite(
  site: Place,
  kind: Kind,
  hosts: readonly string[],
  options: InternetOptions,
): Promise<void> {
  const names = boxNames(kind, site);
  const boxes = boxesOf(kind).map((behaviour, index) => ({ name: names[index] ?? '', behaviour }));
  for (const name of [...boxes.map((box) => box.name), ...hosts]) await addNamespace(name);

  const outermost = boxes[0]?.name ?? hosts[0] ?? '';
  const outside = boxes.length === 0 ? HOST_DEVICE : OUTSIDE;
  await layWire({
    program: options.wireProgram,
    ends: [
      { namespace: INTERNET, device: `to-${site}` },
      { namespace: outermost, device: outside },
    ],
    delayMs: options.delayMs,
    ...(options.ipv6DelayMs !== undefined && { ipv6DelayMs: options.ipv6DelayMs }),
    lossPercent: options.lossPercent,
    seed: site === 'a' ? 1 : site === 'b' ? 2 : 10 + Number(site.slice(1)),
  });
  await configure(INTERNET, [`link set to-${site} up`, `route add ${publicAddress(site)}/32 dev to-${site}`]);
  await configure(outermost, [
    `link set ${outside} up`,
    `address add ${publicAddress(site)}/32 dev ${outside}`,
    `route add default dev ${outside}`,
  ]);
  for (const [index, box] of boxes.entries()) {
    const next = boxes[index + 1];
    await furnishBox(
      box,
      innerNetwork(site, next ? 'carrier' : 'home'),
      next ? [next.name] : hosts,
      next !== undefined,
    );
  }
}

/** Plugs what is behind a box into it, and gives it its rules. */
async function furnishBox(
  { name, behaviour }: { name: string; behaviour: Behaviour },
  network: string,
  behind: readonly string[],
  isBox: boolean,
): Promise<void> {
  await configure(name, [
    `link add ${INSIDE} type bridge`,
    `link set ${INSIDE} up`,
    `address add ${network}.1/24 dev ${INSIDE}`,
  ]);
  const device = isBox ? OUTSIDE : HOST_DEVICE;
  for (const [index, namespace] of behind.entries()) {
    const plug = `port-${index}`;
    await feed('ip', [
      '-n',
      name,
      'link',
      'add',
      plug,
      'type',
      'veth',
      'peer',
      'name',
      device,
      'netns',
      namespace,
    ]);
    await configure(name, [`link set ${plug} master ${INSIDE}`, `link set ${plug} up`]);
    await configure(namespace, [
      `link set ${device} up`,
      `address add ${network}.${index + 2}/24 dev ${device}`,
      `route add default via ${network}.1`,
    ]);
  }
  await setRules(name, rulesFor(behaviour));
}
