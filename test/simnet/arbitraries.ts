/** Networks and stories as fast-check draws them. */
import fc from 'fast-check';
import { NatDependence } from '../../src/shared/network.ts';
import type { FirewallOptions } from './firewall.ts';
import type { LinkQuality } from './link.ts';
import type { NatOptions } from './nat.ts';
import type { Allocation } from './port-allocation.ts';
import type { Happening, Place, Scenario } from './scenario.ts';

const dependence = fc.constantFrom(...NatDependence.options);

const allocation: fc.Arbitrary<Allocation> = fc.oneof(
  fc.constant({ kind: 'preserving' } as const),
  fc.record({
    kind: fc.constant('sequential' as const),
    stride: fc.constantFrom(-2, -1, 1, 2, 8),
    othersPerSecond: fc.constantFrom(0, 0.5, 5),
  }),
  fc.constant({ kind: 'random' } as const),
);

/** RFC 4787 REQ-5 forbids less than two minutes; half a minute is met all the same. */
const lifetimeMs = fc.constantFrom(30_000, 60_000, 120_000, 300_000);

export const nat: fc.Arbitrary<NatOptions> = fc.record({
  mapping: dependence,
  filtering: dependence,
  allocation,
  hairpinning: fc.boolean(),
  lifetimeMs,
});

const firewall: fc.Arbitrary<FirewallOptions> = fc.record({ filtering: dependence, lifetimeMs });

const share = (percent: number) => fc.integer({ min: 0, max: percent }).map((value) => value / 100);

const line: fc.Arbitrary<LinkQuality> = fc.record(
  {
    delayMs: fc.integer({ min: 1, max: 100 }),
    jitterMs: fc.integer({ min: 0, max: 30 }),
    lossShare: share(10),
    duplicateShare: share(10),
    reorderShare: share(10),
    heldBackMs: fc.integer({ min: 1, max: 60 }),
    rate: fc.record({
      // 0.5 to 12 Mbit/s.
      bytesPerMs: fc.integer({ min: 60, max: 1_500 }),
      queueBytes: fc.integer({ min: 10_000, max: 200_000 }),
    }),
  },
  { requiredKeys: ['delayMs'] },
);

const connection = { up: line, down: line, IPv6: fc.option(firewall, { nil: undefined }) };

export const place: fc.Arbitrary<Place> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ...connection, nat }) },
  { weight: 2, arbitrary: fc.record({ ...connection, nat, carrierNat: nat }) },
  { weight: 2, arbitrary: fc.record({ ...connection, firewall: fc.option(firewall, { nil: undefined }) }) },
  { weight: 1, arbitrary: fc.record({ ...connection, udpBlocked: fc.constant(true) }) },
);

/** When things happen: while the way is searched, just after, or in the call, ms. */
const atMs = fc.oneof(fc.integer({ min: 0, max: 1_500 }), fc.integer({ min: 1_500, max: 20_000 }));
const forMs = fc.integer({ min: 100, max: 12_000 });
const side = fc.constantFrom('caller' as const, 'callee' as const);

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    atMs,
    side,
    kind: fc.constantFrom(
      'router-restarts' as const,
      'provider-gives-another-address' as const,
      'moves' as const,
    ),
  }),
  fc.record({
    atMs,
    side,
    kind: fc.constantFrom('line-is-down' as const, 'interface-is-down' as const),
    forMs,
  }),
  fc.record({
    atMs,
    side,
    kind: fc.constant('line-is-bad' as const),
    forMs,
    quality: fc.record(
      {
        lossShare: share(60),
        delayMs: fc.integer({ min: 0, max: 400 }),
        bursts: fc.record({ enterShare: share(20), leaveShare: share(30), lossShare: share(100) }),
      },
      { requiredKeys: [] },
    ),
  }),
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }).map(String),
  caller: place,
  callee: fc.oneof({ weight: 9, arbitrary: place }, { weight: 1, arbitrary: fc.constant('beside' as const) }),
  elsewhere: place,
  signalling: fc.record({
    delayMs: fc.integer({ min: 5, max: 400 }),
    jitterMs: fc.integer({ min: 0, max: 2_000 }),
  }),
  happenings: fc.array(happening, { maxLength: 5 }),
});
