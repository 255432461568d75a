import { describe, expect, test } from 'vitest';
import type { NatBehaviour } from '../../shared/network.ts';
import type { CarrierEnd } from '../../shared/rendezvous.ts';
import { judgeFiltering, knowledgeOf, NEEDED } from './reach.ts';

const nat = (mapping: NatBehaviour['mapping'], filtering: NatBehaviour['filtering']): NatBehaviour => ({
  translated: true,
  mapping,
  filtering,
});
const full = nat('endpoint-independent', 'endpoint-independent');
const portRestricted = nat('endpoint-independent', 'address-and-port-dependent');
const symmetric = nat('address-and-port-dependent', 'address-and-port-dependent');
const place = { address: '203.0.113.7', port: 40_000, landmarks: [] };

describe('which nodes serve which callers', () => {
  test.each<[string, CarrierEnd, ('EI' | 'AD' | 'APD')[]]>([
    ['a caller of one mapping for all', { ...place, behaviour: portRestricted }, ['EI', 'AD', 'APD']],
    ['a caller without any NAT', { ...place, behaviour: { translated: false } }, ['EI', 'AD', 'APD']],
    ['a caller with another port for each', { ...place, behaviour: symmetric }, ['EI', 'AD']],
    ['a caller of an unknown NAT', place, ['EI', 'AD']],
    ['a caller whom no STUN server saw', { landmarks: [], behaviour: portRestricted }, ['EI']],
    ['a caller without UDP', { ...place, behaviour: full, udp: 'blocked' }, []],
  ])('%s', (_, end, served) => {
    const knowledge = knowledgeOf(end);
    const byFilter = {
      EI: NEEDED['endpoint-independent'],
      AD: NEEDED['address-dependent'],
      APD: NEEDED['address-and-port-dependent'],
    };

    const found = (['EI', 'AD', 'APD'] as const).filter(
      (filter) => knowledge !== null && byFilter[filter] <= knowledge,
    );

    expect(found).toEqual(served);
  });
});

describe('what probes show', () => {
  const nothing = { known: false, otherPort: undefined, otherAddress: undefined };
  const known = { known: true, otherPort: false, otherAddress: false };
  const port = { known: true, otherPort: true, otherAddress: false };
  const all = { known: true, otherPort: true, otherAddress: true };
  const oneAddress = { known: true, otherPort: true, otherAddress: undefined };
  test.each([
    ['nothing comes through, whatever is claimed', nothing, full, null],
    ['open is claimed and not shown', known, full, 'address-and-port-dependent'],
    ['open is claimed, and an address is filtered', port, full, 'address-dependent'],
    ['more is shown than claimed', all, portRestricted, 'endpoint-independent'],
    ['a forwarded port on a symmetric NAT', all, symmetric, 'endpoint-independent'],
    ['a symmetric NAT', known, symmetric, 'port-varies'],
    ['a server with one address leaves the rest to the claim', oneAddress, full, 'endpoint-independent'],
    ['and believes no more than was claimed', oneAddress, portRestricted, 'address-dependent'],
    ['no NAT and no filter', oneAddress, { translated: false }, 'endpoint-independent'],
    ['no NAT but a firewall', known, { translated: false }, 'address-and-port-dependent'],
    ['a NAT of which nothing is known', known, { translated: true }, 'port-varies'],
  ] as const)('%s', (_, shown, claimed, expected) => {
    expect(judgeFiltering(shown, claimed)).toBe(expected);
  });
});
