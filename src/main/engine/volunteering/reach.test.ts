import { expect, test } from 'vitest';
import type { NatBehaviour } from '../../../shared/network.ts';
import { type ReachFacts, reachOf } from './reach.ts';

const MAPPED = { address: '203.0.113.1', port: 4_000 };
function facts(behaviour: Partial<NatBehaviour>, changes: Partial<ReachFacts> = {}): ReachFacts {
  return {
    udp: 'works',
    IPv4: {
      mapped: MAPPED,
      behaviour: { translated: true, mapping: 'endpoint-independent', ...behaviour },
    },
    IPv6: {},
    router: { state: 'none' },
    unreachable: false,
    ...changes,
  };
}
const IPv6 = { mapped: { address: '2001:db8::1', port: 4_000 } };

test.each<[string, ReachFacts, ReturnType<typeof reachOf>]>([
  ['lets everybody in', facts({ filtering: 'endpoint-independent' }), { callers: 'everybody', remedies: [] }],
  [
    'lets in whoever was sent to',
    facts({ filtering: 'address-dependent' }),
    { callers: 'most', remedies: ['port-mapping', 'ipv6'] },
  ],
  [
    'looks at ports, too',
    facts({ filtering: 'address-and-port-dependent' }, { IPv6 }),
    { callers: 'open', remedies: ['port-mapping'] },
  ],
  [
    'gives every destination another port',
    facts({ mapping: 'address-and-port-dependent', filtering: 'endpoint-independent' }),
    { callers: 'nobody', remedies: ['port-mapping', 'ipv6'] },
  ],
  [
    'gives every destination another port, but has opened one',
    facts({ mapping: 'address-and-port-dependent' }, { router: { state: 'proved' } }),
    { callers: 'everybody', remedies: [] },
  ],
  [
    'is no NAT, but a firewall',
    facts({ translated: false, mapping: undefined, filtering: 'address-and-port-dependent' }),
    { callers: 'open', remedies: ['ipv6'] },
  ],
  ['filters nobody knows how', facts({}), { callers: 'unknown', remedies: [] }],
  [
    'nothing comes through, whatever else was found',
    facts({ filtering: 'endpoint-independent' }, { unreachable: true }),
    { callers: 'nobody', remedies: ['port-mapping', 'ipv6'] },
  ],
  ['lets no UDP out', facts({}, { udp: 'silent' }), { callers: 'nobody', remedies: ['udp'] }],
  ['is not there yet', facts({}, { IPv4: {} }), { callers: 'unknown', remedies: [] }],
])('behind a network that %s', (_, known, expected) => {
  expect(reachOf(known)).toEqual(expected);
});
