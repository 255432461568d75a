/** What an address is worth: whether routers stand before it, and whether a mapping may lead from it. */
import { ipToBytes } from '../stun/ip.ts';

/**
 * IPv4 addresses that the internet does not route to: RFC 1918, RFC 6598 (what providers put between their NAT and the home), and RFC 3927.
 * A machine that has one is behind a NAT.
 */
export function isPrivate(address: string): boolean {
  const bytes = ipToBytes(address);
  if (bytes?.length !== 4) return false;
  const [first = 0, second = 0] = bytes;
  return (
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254)
  );
}
