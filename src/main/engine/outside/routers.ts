/** Finding the routers of the networks this machine is in, without running another program. */
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { NetworkRouter } from './index.ts';
import { defaultRoutesOfIpv4, defaultRoutesOfIpv6 } from './route-table.ts';

/** Networks wider than this have their router anywhere, bits of the prefix. */
const MIN_GUESSED_PREFIX = 16;
/** In these the first address is not a router's: there is one machine, or two. */
const MAX_GUESSED_PREFIX = 30;

interface InterfaceAddress {
  readonly interfaceName: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly address: string;
  readonly cidr: string | null;
}

/** Linux tells its routes; elsewhere the first and the last address of each network are guessed. */
export async function findRouters(): Promise<NetworkRouter[]> {
  const addresses = outwardAddresses();
  const [ipv4, ipv6] = await Promise.all([readTable('/proc/net/route'), readTable('/proc/net/ipv6_route')]);
  if (ipv4 === undefined && ipv6 === undefined) return guessedRouters(addresses);
  const found: NetworkRouter[] = [];
  for (const { gateway, interfaceName } of defaultRoutesOfIpv4(ipv4 ?? '')) {
    const local = addresses.find((each) => each.family === 'IPv4' && each.interfaceName === interfaceName);
    if (local) found.push({ family: 'IPv4', address: gateway, localAddress: local.address, certain: true });
  }
  for (const { gateway, interfaceName } of defaultRoutesOfIpv6(ipv6 ?? '')) {
    // RFC 4291 §2.4: global addresses begin with 2 or 3 today.
    const local = addresses.find(
      (each) => each.family === 'IPv6' && each.interfaceName === interfaceName && /^[23]/.test(each.address),
    );
    const address = gateway.startsWith('fe80:') ? `${gateway}%${interfaceName}` : gateway;
    if (local) found.push({ family: 'IPv6', address, localAddress: local.address, certain: true });
  }
  return found;
}

function outwardAddresses(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses]) =>
    (addresses ?? [])
      .filter(({ internal }) => !internal)
      .map(({ family, address, cidr }) => ({ interfaceName, family, address, cidr })),
  );
}

/** Undefined where there is no such file: on every system but Linux. */
async function readTable(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'latin1');
  } catch {
    return undefined;
  }
}

/** Most home routers have the first address of their network, most others the last. */
export function guessedRouters(addresses: readonly InterfaceAddress[]): NetworkRouter[] {
  const local = addresses.filter(({ family }) => family === 'IPv4');
  const guesses = local.map(({ address, cidr }) => ({ address, ends: endsOfNetwork(address, cidr) }));
  return [0, 1].flatMap((end) =>
    guesses.flatMap(({ address, ends }) => {
      const guess = ends[end];
      if (guess === undefined || guess === address) return [];
      return [{ family: 'IPv4' as const, address: guess, localAddress: address, certain: false }];
    }),
  );
}

/** First and last address of the network that machines may have. */
function endsOfNetwork(address: string, cidr: string | null): string[] {
  const prefix = Number(cidr?.split('/')[1]);
  if (!(prefix >= MIN_GUESSED_PREFIX && prefix <= MAX_GUESSED_PREFIX)) return [];
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const network = value - (value % size);
  return [network + 1, network + size - 2].map((end) =>
    [24, 16, 8, 0].map((shift) => Math.floor(end / 2 ** shift) % 256).join('.'),
  );
}
