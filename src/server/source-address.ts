/** Who a packet or connection comes from, as far as limits are concerned. */
import { isIPv4 } from 'node:net';

const MAPPED = '::ffff:';

/** An address as a socket reports it, without zone, and IPv4 as IPv4 where a dual-stack socket maps it. */
export function plainAddress(address: string): string {
  const zone = address.indexOf('%');
  const text = zone === -1 ? address : address.slice(0, zone);
  const tail = text.startsWith(MAPPED) ? text.slice(MAPPED.length) : '';
  return isIPv4(tail) ? tail : text;
}

/**
 * The key that limits go by: an IPv4 address, or the /64 of an IPv6 one, because a single machine has all of its /64
 * to send from (RFC 4291 §2.5.4).
 */
export function limitKey(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0;
  const words = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${words.slice(0, 4).join(':')}::/64`;
}
