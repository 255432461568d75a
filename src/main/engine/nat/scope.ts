/** How far an address reaches, and which second address of a server is worth a question. */
import type { TransportAddress } from '../../../shared/words.ts';
import { isLoopback, isUnicast } from '../path/candidates.ts';
import { ipToBytes } from '../stun/ip.ts';

/** In growing order of reach. Shared address space (RFC 6598), which carriers use inside, counts as private. */
const SCOPES = ['none', 'loopback', 'link-local', 'private', 'global'] as const;
type Scope = (typeof SCOPES)[number];

function scopeOf(address: string): Scope {
  if (!isUnicast(address)) return 'none';
  if (isLoopback(address)) return 'loopback';
  const [first = 0, second = 0] = ipToBytes(address) ?? [];
  // RFC 4193.
  if (address.includes(':')) return (first & 0xfe) === 0xfc ? 'private' : 'global';
  if (first === 169 && second === 254) return 'link-local';
  const isPrivate =
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128);
  return isPrivate ? 'private' : 'global';
}

/** Grows with the reach of the address; 0 for what is no address of one machine. */
export function reach(address: string): number {
  return SCOPES.indexOf(scopeOf(address));
}

/**
 * Whether an OTHER-ADDRESS can be what RFC 5780 §7.4 says: another address and another port of the same server. Of another
 * reach than the server's own it is a mistake or a trap: a server on the internet has no business with our router or with ourselves.
 */
export function isUsableAlternate(server: TransportAddress, other: TransportAddress): boolean {
  return (
    other.port !== 0 &&
    other.port !== server.port &&
    other.address !== server.address &&
    other.address.includes(':') === server.address.includes(':') &&
    reach(other.address) > 0 &&
    reach(other.address) === reach(server.address)
  );
}

/**
 * Those of the farthest reach: a server inside our own network sees us before any translation, and must not be mixed with those that
 * see us from outside.
 */
export function farthest<Server extends TransportAddress>(servers: readonly Server[]): Server[] {
  const most = Math.max(...servers.map(({ address }) => reach(address)), 0);
  return servers.filter(({ address }) => reach(address) === most);
}
