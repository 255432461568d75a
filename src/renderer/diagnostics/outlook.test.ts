import { describe, expect, it } from 'vitest';
import type { NatBehaviour, NetworkReport } from '../../shared/network.ts';
import { appState, homeNat, network, report, strictNat } from '../gallery/fixtures.ts';
import type { Evidence } from './check.ts';
import { outlook } from './outlook.ts';

const { server } = appState;
const seen = (change: Partial<NetworkReport> = {}, rest: Partial<Evidence> = {}) =>
  outlook({ network, server, hidesAddress: false, report: { ...report, ...change }, ...rest });
const behind = (behaviour: NatBehaviour, change: Partial<NetworkReport> = {}) =>
  seen({ IPv4: { ...report.IPv4, behaviour }, IPv6: { untold: 'no-socket' }, ...change });
const nothing: Partial<NetworkReport> = { IPv4: { untold: 'no-answer' }, IPv6: { untold: 'no-answer' } };

describe('the outlook', () => {
  it('goes from nearly everybody to people whose network is open', () => {
    const fullcone: NatBehaviour = { ...homeNat, filtering: 'endpoint-independent' };
    const address: NatBehaviour = { ...homeNat, filtering: 'address-dependent' };
    const sequential: NatBehaviour = { ...strictNat, allocation: { kind: 'sequential', stride: -2 } };
    expect(behind({ ...fullcone, translated: false }).name).toBe('everybody');
    expect(behind(fullcone).name).toBe('everybody');
    expect(behind(address).name).toBe('everybody');
    expect(behind(homeNat).name).toBe('most');
    expect(behind(sequential).name).toBe('most');
    expect(behind(strictNat)).toMatchObject({ name: 'open-networks', verdict: 'note' });
    expect(behind(strictNat, { router: { state: 'proved' } }).name).toBe('everybody');
    expect(behind(strictNat, { router: { state: 'untrue' } }).name).toBe('open-networks');
  });

  it('names IPv6 as a second way where it is one', () => {
    expect(seen().overIPv6).toBe(true);
    expect(behind(homeNat).overIPv6).toBe(false);
    expect(seen({ router: { state: 'proved' } }).overIPv6).toBe(false);
    expect(seen({ IPv6: { ...report.IPv6, behaviour: strictNat } }).overIPv6).toBe(false);
  });

  it('judges IPv6 where only that gets out', () => {
    expect(seen({ IPv4: { untold: 'no-socket' } })).toMatchObject({
      name: 'most',
      kind: 'port',
      overIPv6: false,
    });
  });

  it('names what stands before all calls, the nearest cause first', () => {
    const offline = { network: { ...network, hostAddresses: [], sockets: [] } };
    expect(seen({ udp: 'blocked' }, offline).name).toBe('offline');
    expect(seen({}, { network: { ...network, sockets: [] } }).name).toBe('no-sockets');
    expect(
      seen({ captivePortal: 'found' }, { server: { ...server, state: 'refused', reason: 'not-byway' } }).name,
    ).toBe('portal');
    expect(seen({}, { server: { ...server, state: 'waiting', reason: 'unreachable' } }).name).toBe(
      'no-server',
    );
    expect(seen({}, { server: { ...server, state: 'connecting' } })).toMatchObject({
      name: 'asking',
      verdict: 'pending',
    });
    expect(seen({}, { hidesAddress: true })).toMatchObject({ name: 'hidden', verdict: 'note' });
    expect(seen({ ...nothing, udp: 'blocked' })).toMatchObject({ name: 'blocked', verdict: 'bad' });
  });

  it('promises nothing of the internet from a server that is not on it', () => {
    const at = (address: string) => ({ ...nothing, IPv4: { mapped: { address, port: 9 } } });
    expect(seen(at('127.0.0.1')).name).toBe('this-computer');
    expect(seen({}, { server: { ...server, embedded: true } }).name).toBe('here');
    expect(seen(at('192.168.178.23')).name).toBe('local');
  });

  it('waits while it asks, and says when it cannot tell', () => {
    expect(seen({ ...nothing, running: true }).name).toBe('asking');
    expect(seen(nothing)).toMatchObject({ name: 'unknown', verdict: 'untested' });
  });
});
