import { describe, expect, it } from 'vitest';
import type { NatBehaviour } from '../../shared/network.ts';
import { homeNat, report, strictNat } from '../gallery/fixtures.ts';
import { kindOf, kindWithoutRouter, NETWORK_KINDS, type NetworkKind, ownKind, reach } from './reach.ts';

/** The NATs of the laboratory by their behaviour. A carrier's NAT before the home router acts as the stricter of the two. */
const laboratory: Readonly<Record<string, NatBehaviour>> = {
  open: { translated: false, mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
  fullcone: { translated: true, mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
  addr: { translated: true, mapping: 'endpoint-independent', filtering: 'address-dependent' },
  port: homeNat,
  sym: strictNat,
  symseq: { ...strictNat, allocation: { kind: 'sequential', stride: 1 } },
  cgn: strictNat,
};

/** The pairs that must connect directly, one way of reading each. */
const direct = [
  ...['open', 'fullcone', 'addr', 'port'].flatMap((one) =>
    ['open', 'fullcone', 'addr', 'port'].map((other) => [one, other]),
  ),
  ...['open', 'fullcone', 'addr'].flatMap((one) =>
    ['sym', 'symseq', 'cgn'].flatMap((other) => [
      [one, other],
      [other, one],
    ]),
  ),
  ['port', 'symseq'],
  ['symseq', 'port'],
  ['symseq', 'symseq'],
].map((pair) => pair.join('–'));

describe('whom a network reaches directly', () => {
  it('is promised for exactly the pairs that the laboratory must connect', () => {
    const promised = Object.entries(laboratory).flatMap(([one, behaviour]) =>
      Object.entries(laboratory).flatMap(([other, otherBehaviour]) => {
        const kinds = [kindOf(behaviour), kindOf(otherBehaviour)] as [NetworkKind, NetworkKind];
        return reach(...kinds) === 'yes' ? [`${one}–${other}`] : [];
      }),
    );
    expect(promised.sort()).toEqual(direct.sort());
  });

  it('is the same from either side', () => {
    for (const one of NETWORK_KINDS) {
      for (const other of NETWORK_KINDS) expect(reach(one, other)).toBe(reach(other, one));
    }
  });

  it('may be found by a search only where one side keeps its port', () => {
    expect(reach('port', 'random')).toBe('perhaps');
    expect(reach('sequential', 'random')).toBe('no');
    expect(reach('random', 'random')).toBe('no');
  });
});

describe('the kind of a network', () => {
  it('is not known without the mapping, and strict where the rest is not known', () => {
    expect(kindOf({ translated: true })).toBeUndefined();
    expect(kindOf({ translated: false })).toBe('port');
    expect(kindOf({ translated: true, mapping: 'endpoint-independent' })).toBe('port');
    expect(kindOf({ translated: true, mapping: 'address-dependent' })).toBe('random');
  });

  it('counts a port that the router was proved to hold open, and not one that it only claims', () => {
    const strict = { ...report, IPv4: { ...report.IPv4, behaviour: strictNat } };
    expect(ownKind(strict)).toBe('random');
    expect(ownKind({ ...strict, router: { state: 'mapped' } })).toBe('random');
    expect(ownKind({ ...strict, router: { state: 'proved' } })).toBe('open');
    expect(kindWithoutRouter({ ...strict, router: { state: 'proved' } })).toBe('random');
  });

  it('is not known from a server inside the own network', () => {
    const IPv4 = { ...report.IPv4, mapped: { address: '192.168.178.23', port: 5 } };
    expect(ownKind({ ...report, IPv4, IPv6: { untold: 'no-socket' } })).toBeUndefined();
  });
});
