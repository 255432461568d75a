/** The summary on top: whom this computer can call directly, or the one thing that stands before all calls. */
import type { Evidence, Verdict } from './check.ts';
import { type NetworkKind, ownKind, reach, reachesAll } from './reach.ts';
import { natFamily, seenFromOutside, viewpoint } from './viewpoint.ts';

export type OutlookName =
  | 'offline'
  | 'no-sockets'
  | 'portal'
  | 'here'
  | 'no-server'
  | 'hidden'
  | 'blocked'
  | 'asking'
  | 'this-computer'
  | 'local'
  | 'unknown'
  | 'everybody'
  | 'most'
  | 'open-networks';

export interface Outlook {
  readonly name: OutlookName;
  readonly verdict: Verdict;
  /** The kind of network this is, where it is known and nothing stands before it. */
  readonly kind?: NetworkKind;
  /** Whether IPv6 is a second way to all who have it. */
  readonly overIPv6: boolean;
}

export function outlook(evidence: Evidence): Outlook {
  const obstacle = obstacleOf(evidence);
  if (obstacle !== undefined) return { name: obstacle, verdict: obstacleVerdicts[obstacle], overIPv6: false };
  const { report } = evidence;
  const kind = ownKind(report);
  if (kind === undefined) {
    const view = viewpoint(report);
    if (report.running) return { name: 'asking', verdict: 'pending', overIPv6: false };
    const name = view === 'here' ? 'this-computer' : view === 'local' ? 'local' : 'unknown';
    return { name, verdict: 'untested', overIPv6: false };
  }
  const name = nameOf(kind);
  return {
    name,
    verdict: name === 'open-networks' ? 'note' : 'good',
    kind,
    overIPv6: name !== 'everybody' && isSecondWay(evidence),
  };
}

type Obstacle = 'offline' | 'no-sockets' | 'portal' | 'here' | 'no-server' | 'hidden' | 'blocked' | 'asking';
const obstacleVerdicts: Readonly<Record<Obstacle, Verdict>> = {
  offline: 'bad',
  'no-sockets': 'bad',
  portal: 'bad',
  here: 'note',
  'no-server': 'bad',
  hidden: 'note',
  blocked: 'bad',
  asking: 'pending',
};

/** What keeps direct calls from connecting whatever the NAT does, the nearest cause first. */
function obstacleOf({ network, report, server, hidesAddress }: Evidence): Obstacle | undefined {
  if (network.hostAddresses.length === 0) return 'offline';
  if (network.sockets.length === 0) return 'no-sockets';
  if (report.captivePortal === 'found') return 'portal';
  if (server.state === 'connecting') return 'asking';
  if (server.state !== 'connected') return 'no-server';
  if (server.embedded) return 'here';
  if (hidesAddress) return 'hidden';
  return report.udp === 'blocked' ? 'blocked' : undefined;
}

/** Everybody: every kind of network is reached. Most: all but those that choose their ports by chance. */
function nameOf(kind: NetworkKind): 'everybody' | 'most' | 'open-networks' {
  if (reachesAll(kind)) return 'everybody';
  return reach(kind, 'port') === 'yes' ? 'most' : 'open-networks';
}

/** Without translation in between, both sides know their ports, and a firewall opens to who is sent to. */
function isSecondWay({ report }: Evidence): boolean {
  return (
    natFamily(report) === 'IPv4' &&
    seenFromOutside(report.IPv6) &&
    (report.IPv6.behaviour?.translated === false || report.IPv6.behaviour?.mapping === 'endpoint-independent')
  );
}
