/** What the network state means, one verdict for each step. Pure, so that each case can be tested. */
import type { NetworkState, ServerState } from '../../shared/app.ts';

export type Verdict = 'good' | 'note' | 'bad' | 'pending' | 'untested';

export interface Step {
  verdict: Verdict;
  /** The key of the sentence, with what goes into it. */
  words?: string;
  values?: Record<string, string | number>;
}

export function interfaceStep({ hostAddresses }: NetworkState): Step {
  const count = hostAddresses.length;
  if (count === 0) return { verdict: 'bad', words: 'diagnostics.interface.none' };
  return {
    verdict: 'good',
    words: `diagnostics.interface.${count === 1 ? 'one' : 'many'}`,
    values: { count },
  };
}

export function socketsStep({ sockets }: NetworkState): Step {
  const families = new Set(sockets.map(({ family }) => family));
  if (families.size === 2) return { verdict: 'good', words: 'diagnostics.sockets.both' };
  if (families.has('IPv4')) return { verdict: 'good', words: 'diagnostics.sockets.IPv4' };
  if (families.has('IPv6')) return { verdict: 'note', words: 'diagnostics.sockets.IPv6' };
  return { verdict: 'bad', words: 'diagnostics.sockets.none' };
}

export function serverStep({ state, url, embedded, reason }: ServerState): Step {
  if (state === 'connected') {
    return embedded
      ? { verdict: 'note', words: 'diagnostics.server.embedded' }
      : { verdict: 'good', words: 'diagnostics.server.connected', values: { url } };
  }
  if (state === 'connecting')
    return { verdict: 'pending', words: 'diagnostics.server.connecting', values: { url } };
  return { verdict: 'bad', words: `server.reason.${reason ?? 'none'}` };
}

/**
 * Two servers that see us under the same port mean endpoint-independent mapping; under different ports, that the mapping
 * depends on whom we talk to (RFC 4787 §4.1). One answer alone tells only the address.
 */
export function stunStep({ stun, hostAddresses }: NetworkState): Step {
  if (stun.length === 0) return { verdict: 'pending', words: 'diagnostics.stun.none' };
  const mapped = stun.flatMap((server) =>
    server.state === 'answered' && server.mapped ? [server.mapped] : [],
  );
  const [first] = mapped;
  if (first === undefined) {
    if (stun.some(({ state }) => state === 'asking'))
      return { verdict: 'pending', words: 'diagnostics.stun.asking' };
    const wrong = stun.every(({ state }) => state === 'wrong');
    return { verdict: 'bad', words: `diagnostics.stun.${wrong ? 'wrong' : 'silent'}` };
  }
  // A server on this computer sees loopback, which says nothing of how others see us.
  if (mapped.every(({ address }) => isLoopback(address))) {
    return { verdict: 'note', words: 'diagnostics.stun.loopback' };
  }
  if (hostAddresses.some(({ address }) => address === first.address)) {
    return { verdict: 'good', words: 'diagnostics.stun.unmapped' };
  }
  // Only answers over one address family can be compared with one another.
  const alike = mapped.filter(({ address }) => address.includes(':') === first.address.includes(':'));
  if (alike.length < 2) {
    return { verdict: 'good', words: 'diagnostics.stun.answered', values: { address: first.address } };
  }
  const steady = alike.every(({ address, port }) => address === first.address && port === first.port);
  return steady
    ? { verdict: 'good', words: 'diagnostics.stun.steady' }
    : { verdict: 'note', words: 'diagnostics.stun.changing' };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
