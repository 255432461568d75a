/** Which addresses the server sends to because a client names them: its own, or such as the whole internet could reach. */
import { BlockList, isIPv4 } from 'node:net';

const LOCAL = new BlockList();
// RFC 6890's registries: this network, private, shared, loopback, link-local, multicast and reserved.
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  LOCAL.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  // Not wider: IPv4 addresses are looked up as ::ffff:0:0/96, which begins with zeros, too.
  ['::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  LOCAL.addSubnet(net, prefix, 'ipv6');
}

/** @param source where the client's connection comes from: what it shares with us may be local */
export function mayBeSentTo(address: string, source: string): boolean {
  return address === source || !LOCAL.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** An address of every machine, for itself alone. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
