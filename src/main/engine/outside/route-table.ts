/** Linux's routes as `/proc/net` shows them (fib_trie.c and ipv6/route.c): the ones that lead to the internet. */
import { endianness } from 'node:os';

export interface DefaultRoute {
  readonly interfaceName: string;
  readonly gateway: string;
  /** The lower one is taken. */
  readonly metric: number;
}

/** RTF_UP and RTF_GATEWAY of linux/route.h. */
const ROUTE_UP = 0x1;
const ROUTE_GATEWAY = 0x2;
/** Lines read: a machine that routes for others may have thousands. */
const MAX_LINES = 4_096;

/** From `/proc/net/route`: name, destination, gateway, flags, ..., metric, mask; addresses in the machine's byte order. */
export function defaultRoutesOfIpv4(table: string): DefaultRoute[] {
  const found: DefaultRoute[] = [];
  for (const line of table.split('\n', MAX_LINES).slice(1)) {
    const [interfaceName, destination, gateway, flags, , , metric, mask] = line.trim().split(/\s+/);
    if (!interfaceName || destination !== '00000000' || mask !== '00000000') continue;
    if (!gateway || !/^[0-9A-F]{8}$/i.test(gateway) || gateway === '00000000' || !leadsOn(flags)) continue;
    const bytes = [...Buffer.from(gateway, 'hex')];
    if (endianness() === 'LE') bytes.reverse();
    found.push({ interfaceName, gateway: bytes.join('.'), metric: Number(metric) || 0 });
  }
  return found.sort((a, b) => a.metric - b.metric);
}

/**
 * From `/proc/net/ipv6_route`: destination, its prefix length, source, its prefix length, next hop, metric, two counters,
 * flags, name; everything in hexadecimal.
 */
export function defaultRoutesOfIpv6(table: string): DefaultRoute[] {
  const found: DefaultRoute[] = [];
  for (const line of table.split('\n', MAX_LINES)) {
    const fields = line.trim().split(/\s+/);
    const [destination, prefixLength, , , gateway, metric, , , flags, interfaceName] = fields;
    if (!interfaceName || destination !== '0'.repeat(32) || prefixLength !== '00') continue;
    if (!gateway || !/^[0-9a-f]{32}$/i.test(gateway) || /^0+$/.test(gateway) || !leadsOn(flags)) continue;
    found.push({ interfaceName, gateway: shortened(gateway), metric: Number.parseInt(metric ?? '0', 16) });
  }
  return found.sort((a, b) => a.metric - b.metric);
}

function leadsOn(flags: string | undefined): boolean {
  const value = Number.parseInt(flags ?? '', 16);
  return (value & ROUTE_UP) !== 0 && (value & ROUTE_GATEWAY) !== 0;
}

/** 32 hexadecimal digits as RFC 5952 writes them; the URL parser knows how. */
function shortened(digits: string): string {
  const words = digits.match(/.{4}/g) ?? [];
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}
