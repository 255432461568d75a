import { describe, expect, it } from 'vitest';
import type { NetworkState } from '../../shared/app.ts';
import type { NatBehaviour, NetworkReport } from '../../shared/network.ts';
import { appState, homeNat, network, report, strictNat } from '../gallery/fixtures.ts';
import type { Evidence } from './check.ts';
import { type NetworkCheckName, networkCheck, numberedChecks } from './checks.ts';

const { server } = appState;
const hidesAddress = false;

/** A check as one line: its verdict, the key of its sentence, and that of its remedy. */
function told(name: NetworkCheckName, change: Partial<NetworkReport> = {}, rest: Partial<Evidence> = {}) {
  const evidence = { network, server, hidesAddress, report: { ...report, ...change }, ...rest };
  const { verdict, words, remedy } = networkCheck(name, evidence);
  const key = (text = '') => text.replace('diagnostics.', '');
  return `${verdict} ${key(words.key)}${remedy ? ` ${key(remedy.key)}` : ''}`;
}

const behind = (behaviour: NatBehaviour, change: Partial<NetworkReport> = {}): Partial<NetworkReport> => ({
  IPv4: { ...report.IPv4, behaviour },
  ...change,
});
const both = (
  family: NetworkReport['IPv4'],
  change: Partial<NetworkReport> = {},
): Partial<NetworkReport> => ({
  IPv4: family,
  IPv6: family,
  ...change,
});
const silent = both({ untold: 'no-answer' });
const here = both({ mapped: { address: '127.0.0.1', port: 5 } });
const local = both({ mapped: { address: '10.1.2.3', port: 5 } });
const stun = (state: NetworkState['stun'][number]['state']): Partial<Evidence> => ({
  network: { ...network, stun: [{ server: 'stun.example:3478', state, nearest: false }] },
});

describe('this computer', () => {
  it('asks for a network when there is none', () => {
    expect(told('interface', {}, { network: { ...network, hostAddresses: [] } })).toBe(
      'bad interface.none remedy.connect',
    );
    expect(told('interface')).toBe('good interface.one');
    const two = [...network.hostAddresses, { interfaceName: 'eth0', address: '10.0.0.4' }];
    expect(told('interface', {}, { network: { ...network, hostAddresses: two } })).toBe(
      'good interface.many',
    );
  });

  it('tells which address families are open', () => {
    const open = (...families: ('IPv4' | 'IPv6')[]) => ({
      network: { ...network, sockets: families.map((family) => ({ family, port: 5 })) },
    });
    expect(told('sockets')).toBe('good sockets.both');
    expect(told('sockets', {}, open('IPv4'))).toBe('good sockets.IPv4');
    expect(told('sockets', {}, open('IPv6'))).toBe('note sockets.IPv6 remedy.needsIPv4');
    expect(told('sockets', {}, open())).toBe('bad sockets.none remedy.firewall');
  });

  it('knows that the embedded server reaches this computer only', () => {
    const at = (change: Partial<Evidence['server']>) => ({ server: { ...server, ...change } });
    expect(told('server')).toBe('good server.connected');
    expect(told('server', {}, at({ embedded: true }))).toBe('note server.embedded remedy.server');
    expect(told('server', {}, at({ state: 'connecting' }))).toBe('pending server.connecting');
    expect(told('server', {}, at({ state: 'refused', reason: 'refused' }))).toBe(
      'bad server.refused remedy.askServerOwner',
    );
    expect(told('server', {}, at({ state: 'stopped' }))).toBe('bad server.none remedy.serverAddress');
  });
});

describe('the way to the internet', () => {
  it('finds the sign-in page', () => {
    expect(told('portal')).toBe('good portal.none');
    expect(told('portal', { captivePortal: 'found' })).toBe('bad portal.found remedy.signIn');
    const unknown = { captivePortal: 'unknown' } as const;
    expect(told('portal', { ...unknown, running: true })).toBe('pending untold.asking');
    expect(told('portal', unknown)).toBe('untested untold.no-answer');
    expect(told('portal', unknown, { server: { ...server, state: 'connecting' } })).toBe(
      'pending untold.asking',
    );
    expect(told('portal', unknown, { server: { ...server, embedded: true } })).toBe('untested untold.here');
  });

  it('tells whether call traffic gets through', () => {
    expect(told('udp')).toBe('good udp.works');
    expect(told('udp', { ...silent, udp: 'blocked' })).toBe('bad udp.blocked remedy.allowUdp');
    const unknown = { ...silent, udp: 'unknown' } as const;
    expect(told('udp', { ...unknown, running: true }, stun('asking'))).toBe('pending untold.asking');
    expect(told('udp', unknown, stun('wrong'))).toBe('bad udp.wrong remedy.askServerOwner');
    expect(told('udp', unknown, stun('silent'))).toBe('untested untold.no-answer');
    expect(told('udp', unknown, { network: { ...network, stun: [] } })).toBe(
      'untested udp.nobody remedy.askServerOwner',
    );
    expect(told('udp', unknown, { server: { ...server, state: 'waiting' } })).toBe(
      'untested untold.no-server',
    );
  });

  it('does not take a server nearby for the internet', () => {
    for (const name of ['udp', 'address', 'mapping', 'filtering', 'upkeep', 'ipv6'] as const) {
      const remedy = name === 'udp' ? ' remedy.server' : '';
      expect(told(name, here), name).toBe(`untested untold.here${remedy}`);
      expect(told(name, local), name).toBe(`untested untold.local${remedy}`);
    }
  });

  it('tells how the internet sees us', () => {
    expect(told('address')).toBe('good address.both');
    expect(told('address', { IPv6: { untold: 'no-answer' } })).toBe('good address.IPv4');
    expect(
      told('address', { IPv4: { untold: 'no-socket' }, IPv6: { ...report.IPv6, behaviour: homeNat } }),
    ).toBe('good address.IPv6');
    expect(told('address', behind({ ...homeNat, translated: false }))).toBe('good address.own');
    expect(told('address', silent)).toBe('untested untold.no-answer');
    expect(told('address', both({ untold: 'asking' }, { running: true }))).toBe('pending untold.asking');
  });

  it('tells of IPv6 only what is known', () => {
    expect(told('ipv6')).toBe('good ipv6.works');
    expect(told('ipv6', { IPv6: { ...report.IPv6, behaviour: homeNat } })).toBe('good ipv6.translated');
    expect(told('ipv6', { IPv6: { untold: 'asking' } })).toBe('pending untold.asking');
    expect(told('ipv6', { IPv6: { untold: 'no-answer' } })).toBe('untested ipv6.unanswered');
    expect(told('ipv6', { IPv6: { untold: 'no-socket' } })).toBe('note ipv6.none remedy.ipv6');
    const hostAddresses = [{ interfaceName: 'eth0', address: '192.168.0.4' }];
    expect(told('ipv6', { IPv6: { untold: 'no-answer' } }, { network: { ...network, hostAddresses } })).toBe(
      'note ipv6.none remedy.ipv6',
    );
    const open = behind({ ...homeNat, filtering: 'address-dependent' }, { IPv6: { untold: 'no-socket' } });
    expect(told('ipv6', open)).toBe('good ipv6.none');
    expect(told('ipv6', silent)).toBe('untested untold.no-answer');
  });
});

describe('the router', () => {
  it('gives out ports (RFC 4787 §4)', () => {
    const sequential: NatBehaviour = { ...strictNat, allocation: { kind: 'sequential', stride: 1 } };
    const { allocation: _unknown, ...changing } = strictNat;
    expect(told('mapping', behind({ translated: false }))).toBe('good mapping.own');
    expect(told('mapping')).toBe('good mapping.same');
    expect(told('mapping', behind(sequential))).toBe('note mapping.sequential remedy.openPort');
    expect(told('mapping', behind(strictNat))).toBe('note mapping.random remedy.openPort');
    expect(told('mapping', behind(changing))).toBe('note mapping.changing remedy.openPort');
    expect(told('mapping', behind(strictNat, { router: { state: 'untrue' } }))).toBe(
      'note mapping.random remedy.publicAddress',
    );
    expect(told('mapping', behind(strictNat, { router: { state: 'proved' } }))).toBe('good mapping.heldOpen');
  });

  it('filters (RFC 4787 §5)', () => {
    const filtering = (kind: NonNullable<NatBehaviour['filtering']>, nat = homeNat) =>
      told('filtering', behind({ ...nat, filtering: kind }));
    expect(filtering('endpoint-independent')).toBe('good filtering.anyone');
    expect(filtering('address-dependent')).toBe('good filtering.answers');
    expect(filtering('address-and-port-dependent')).toBe('good filtering.exact');
    expect(filtering('address-and-port-dependent', strictNat)).toBe(
      'note filtering.exactChanging remedy.openPort',
    );
    expect(filtering('address-and-port-dependent', { ...homeNat, translated: false })).toBe(
      'good filtering.firewall',
    );
    const sequential: NatBehaviour = { ...strictNat, allocation: { kind: 'sequential', stride: 2 } };
    expect(filtering('address-and-port-dependent', sequential)).toBe('good filtering.exact');
    expect(told('filtering', { router: { state: 'proved' } })).toBe('good filtering.heldOpen');
  });

  it('says why a fact is missing', () => {
    const { mapped } = report.IPv4;
    const missing = (untold: NetworkReport['IPv4']['untold'], running = false) =>
      told('filtering', { IPv4: { mapped, untold }, running });
    expect(missing('plain-servers')).toBe('untested untold.plain-servers remedy.betterServer');
    expect(missing('no-answer')).toBe('untested untold.no-answer');
    expect(missing('no-socket')).toBe('untested untold.no-socket');
    expect(missing('asking')).toBe('pending untold.asking');
    expect(missing(undefined, true)).toBe('pending untold.asking');
    expect(missing(undefined)).toBe('untested untold.unknown');
  });

  it('holds a port open, or does not', () => {
    const router = (change: NetworkReport['router'], rest: Partial<NetworkReport> = {}) =>
      told('router', { ...rest, router: change });
    const open = behind({ ...homeNat, filtering: 'endpoint-independent' });
    const external = { address: '198.51.100.20', port: 50_412 };
    expect(router({ state: 'asking' }, { running: true })).toBe('pending router.asking');
    expect(router({ state: 'asking' })).toBe('untested router.unasked');
    expect(router({ state: 'none' })).toBe('note router.none remedy.openPort');
    expect(router({ state: 'none' }, open)).toBe('good router.noneNeedless');
    expect(router({ state: 'refused' })).toBe('note router.refused remedy.openPort');
    expect(router({ state: 'refused' }, open)).toBe('good router.refusedNeedless');
    expect(router({ state: 'mapped' })).toBe('untested router.mapped');
    expect(router({ state: 'mapped', external })).toBe('untested router.mappedPort');
    expect(router({ state: 'proved' })).toBe('good router.proved');
    expect(router({ state: 'proved', external })).toBe('good router.provedPort');
    expect(router({ state: 'off' })).toBe('note router.off remedy.askRouter');
    expect(router({ state: 'off' }, open)).toBe('good router.offNeedless');
    expect(router({ state: 'unneeded' }, behind({ translated: false }))).toBe('good router.nothingBetween');
    expect(router({ state: 'unneeded' }, silent)).toBe('untested router.unneeded');
    const byNeighbour = { ...report.IPv4, ...local.IPv4, behaviour: { translated: false } };
    expect(router({ state: 'unneeded' }, { IPv4: byNeighbour })).toBe('untested router.unneeded');
  });

  it('may say what is not so', () => {
    const untrue = (doubt?: NetworkReport['router']['doubt']) =>
      told('router', { router: { state: 'untrue', ...(doubt && { doubt }) } });
    expect(untrue()).toBe('note router.nothingArrives remedy.restartRouter');
    expect(untrue('nothing-arrives')).toBe('note router.nothingArrives remedy.restartRouter');
    expect(untrue('private-address')).toBe('note router.behindAnother remedy.publicAddress');
    expect(untrue('other-address')).toBe('note router.otherAddress remedy.publicAddress');
  });

  it('forgets ports sooner or later', () => {
    expect(told('upkeep')).toBe('good upkeep.long');
    expect(told('upkeep', behind({ ...homeNat, bindingLifetimeMs: 31_000 }))).toBe('good upkeep.short');
    expect(told('upkeep', behind({ translated: false }))).toBe('good upkeep.own');
    expect(told('upkeep', behind(strictNat))).toBe('untested upkeep.measuring');
    expect(told('upkeep', { IPv4: { ...report.IPv4, behaviour: strictNat, untold: 'plain-servers' } })).toBe(
      'untested untold.plain-servers remedy.betterServer',
    );
  });
});

describe('all checks together', () => {
  it('ask for the same thing once, and say where it stands', () => {
    const strict = { ...report, ...behind(strictNat) };
    const remedies = numberedChecks({ network, server, hidesAddress, report: strict }).flatMap(
      ({ number, remedy }) => (remedy ? [{ number, ...remedy }] : []),
    );
    expect(remedies).toEqual([
      { number: 7, key: 'diagnostics.remedy.openPort', inSettings: false },
      { number: 8, key: 'diagnostics.remedy.sameAs', values: { number: 7 } },
      { number: 9, key: 'diagnostics.remedy.sameAs', values: { number: 7 } },
    ]);
  });

  it('say once why nothing is known', () => {
    const checks = numberedChecks({ network, server, hidesAddress, report: { ...report, ...silent } });
    const reasons = checks.flatMap(({ number, verdict, words }) =>
      verdict === 'untested' ? [[number, words.key.replace('diagnostics.', ''), words.values?.number]] : [],
    );
    expect(reasons).toEqual([
      [6, 'untold.no-answer', undefined],
      [7, 'untold.sameAs', 6],
      [8, 'untold.sameAs', 6],
      [10, 'untold.sameAs', 6],
      [11, 'untold.sameAs', 6],
    ]);
  });

  it('lead to the settings for what is done there', () => {
    const embedded = { network, report, hidesAddress, server: { ...server, embedded: true } };
    expect(numberedChecks(embedded).find(({ name }) => name === 'server')?.remedy?.inSettings).toBe(true);
  });
});
