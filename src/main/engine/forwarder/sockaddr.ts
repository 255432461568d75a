/** Addresses as the kernel writes them: sockaddr_in and sockaddr_in6 of Linux (ip(7), ipv6(7)). */
import { networkInterfaces } from 'node:os';
import { bytesToIp, ipToBytes } from '../stun/ip.ts';
import { SOCKADDR_BYTES } from './constants.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;
const IPV4_LENGTH = 16;
const IPV6_LENGTH = 28;
const IPV6_AT = 8;
const SCOPE_AT = 24;

/** @param address may have a zone, `fe80::1%eth0` (RFC 4007 §11.2). Null for what is no address, or has a zone that is no interface */
export function writeSockaddr(address: string, port: number): Uint8Array | null {
  const [plain = '', zone] = address.split('%');
  const ip = ipToBytes(plain);
  const scope = zone === undefined ? 0 : scopeOf(zone);
  if (!ip || scope === undefined) return null;
  const bytes = new Uint8Array(SOCKADDR_BYTES);
  bytes[0] = ip.length === 4 ? AF_INET : AF_INET6;
  bytes[2] = port >>> 8;
  bytes[3] = port & 0xff;
  bytes.set(ip, ip.length === 4 ? 4 : IPV6_AT);
  new DataView(bytes.buffer).setUint32(SCOPE_AT, scope, true);
  return bytes;
}

/** What the system wants to be told of the length. */
export function lengthOf(sockaddr: Uint8Array): number {
  return sockaddr[0] === AF_INET ? IPV4_LENGTH : IPV6_LENGTH;
}

/** As Node's own sockets tell it. */
export function readSockaddr(bytes: Uint8Array): { address: string; port: number } {
  const port = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (bytes[0] === AF_INET) return { address: bytesToIp(bytes.subarray(4, 8)), port };
  const address = bytesToIp(bytes.subarray(IPV6_AT, IPV6_AT + 16));
  const scope = new DataView(bytes.buffer, bytes.byteOffset).getUint32(SCOPE_AT, true);
  const zone = scope === 0 ? undefined : zoneOf(scope);
  return { address: zone === undefined ? address : `${address}%${zone}`, port };
}

/** Only addresses of one link have a zone; it is asked for with each, for interfaces come and go. */
function scopeOf(zone: string): number | undefined {
  return networkInterfaces()[zone]?.find((entry) => entry.family === 'IPv6' && entry.scopeid)?.scopeid;
}

function zoneOf(scope: number): string | undefined {
  return Object.entries(networkInterfaces()).find(([, entries]) =>
    entries?.some((entry) => entry.family === 'IPv6' && entry.scopeid === scope),
  )?.[0];
}
