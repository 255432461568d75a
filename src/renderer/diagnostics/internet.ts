/** Checks 4 to 6 and 10: whether and how this computer reaches the internet. */
import { type Check, check, type Evidence } from './check.ts';
import { ownKind, reachesAll } from './reach.ts';
import { addressScope, FAMILIES, natFamily, seenFromOutside, untold, viewpoint } from './viewpoint.ts';

export function portalCheck({ report, server }: Evidence): Check {
  if (report.captivePortal === 'none') return check('good', 'portal.none');
  if (report.captivePortal === 'found') return check('bad', 'portal.found', 'signIn');
  if (server.embedded) return check('untested', 'untold.here');
  if (report.running || server.state === 'connecting') return check('pending', 'untold.asking');
  return check('untested', 'untold.no-answer');
}

export function udpCheck({ report, network, server }: Evidence): Check {
  if (report.udp === 'blocked') return check('bad', 'udp.blocked', 'allowUdp');
  if (report.udp === 'works') {
    const view = viewpoint(report);
    if (view === 'here' || view === 'local') return check('untested', `untold.${view}`, 'server');
    return check('good', 'udp.works');
  }
  if (network.stun.length > 0 && network.stun.every(({ state }) => state === 'wrong')) {
    return check('bad', 'udp.wrong', 'askServerOwner');
  }
  if (report.running) return check('pending', 'untold.asking');
  if (server.state !== 'connected') return check('untested', 'untold.no-server');
  return network.stun.length === 0
    ? check('untested', 'udp.nobody', 'askServerOwner')
    : check('untested', 'untold.no-answer');
}

export function addressCheck({ report }: Evidence): Check {
  const families = FAMILIES.filter((family) => seenFromOutside(report[family]));
  const [first] = families;
  if (first === undefined) return untold(report, natFamily(report));
  if (families.every((family) => report[family].behaviour?.translated === false)) {
    return check('good', 'address.own');
  }
  return check('good', `address.${families.length === 2 ? 'both' : first}`);
}

export function ipv6Check({ report, network }: Evidence): Check {
  const { IPv6 } = report;
  if (seenFromOutside(IPv6)) {
    return check('good', IPv6.behaviour?.translated ? 'ipv6.translated' : 'ipv6.works');
  }
  // Servers that see only this computer or its network say nothing of the rest, and without any answer nothing is known.
  if (viewpoint(report) !== 'internet' && viewpoint(report) !== 'shared') return untold(report, 'IPv6');
  if (IPv6.untold === 'asking') return check('pending', 'untold.asking');
  const hasAddress = network.hostAddresses.some(
    ({ address }) => address.includes(':') && addressScope(address) === 'internet',
  );
  if (hasAddress && IPv6.untold !== 'no-socket') return check('untested', 'ipv6.unanswered');
  return reachesAll(ownKind(report)) ? check('good', 'ipv6.none') : check('note', 'ipv6.none', 'ipv6');
}
