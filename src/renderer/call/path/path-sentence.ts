/** How a call travels, in words. Nothing is claimed of a path that carries nothing (design: what must not be repeated). */
import type { PathReport } from '../../../shared/call.ts';
import type { PathKind } from '../../../shared/words.ts';

export type PathWords =
  | 'idle'
  | 'searching'
  | 'direct-same-machine'
  | 'direct-local'
  | 'direct-internet'
  | 'sfu'
  | 'relay'
  | 'turn'
  | 'open-unused'
  | 'silent'
  | 'lost'
  | 'closed'
  | 'closed-direct'
  | 'closed-sfu'
  | 'closed-relay';

export interface PathSentence {
  /** The kind that really carries the call, or `none`. */
  kind: PathKind | 'none';
  words: PathWords;
}

export function pathSentence(path: PathReport): PathSentence {
  switch (path.state) {
    case 'idle':
    case 'searching':
    case 'silent':
    case 'lost':
      return { kind: 'none', words: path.state };
    case 'closed': {
      const kind = mostCarried(path);
      return kind === undefined ? { kind: 'none', words: 'closed' } : { kind, words: `closed-${kind}` };
    }
    case 'open': {
      const { active } = path;
      if (active === undefined || !carries(path, active.kind)) return { kind: 'none', words: 'open-unused' };
      return { kind: active.kind, words: openWords(active) };
    }
  }
}

/** Whether datagrams have gone both ways over paths of this kind. */
export function carries(path: PathReport, kind: PathKind): boolean {
  const { packetsSent, packetsReceived } = path.carried[kind];
  return packetsSent > 0 && packetsReceived > 0;
}

function mostCarried(path: PathReport): PathKind | undefined {
  return (['direct', 'sfu', 'relay'] as const)
    .filter((kind) => carries(path, kind))
    .sort((one, other) => path.carried[other].bytesReceived - path.carried[one].bytesReceived)[0];
}

function openWords(active: NonNullable<PathReport['active']>): PathWords {
  if (active.kind === 'direct') return directWords(active);
  return active.isTurn ? 'turn' : active.kind;
}

function directWords({ local, remote }: NonNullable<PathReport['active']>): PathWords {
  if (isLoopback(remote.address) || local.address === remote.address) return 'direct-same-machine';
  return isLocalNetwork(remote.address) ? 'direct-local' : 'direct-internet';
}

const isLoopback = (address: string) => address.startsWith('127.') || address === '::1';

/** RFC 1918, RFC 3927, RFC 6598 stays out (carriers use it), RFC 4193 and IPv6 link-local. */
export function isLocalNetwork(address: string): boolean {
  const text = address.toLowerCase();
  if (text.includes(':')) return /^f[cd]/.test(text) || /^fe[89ab]/.test(text);
  const [first, second] = text.split('.').map(Number);
  if (first === undefined || second === undefined) return false;
  return (
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254)
  );
}
