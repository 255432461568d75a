/** Our own discovery of NAT behaviour names every kind of site rightly, with loss and delay too. */
import { expect, test } from 'vitest';
import type { NatBehaviour } from '../../src/shared/network.ts';
import type { Ipv6Choice, Site } from './addresses.ts';
import { outputOfEnclosed } from './enclosed-program.ts';
import type { FoundNetwork } from './found-network.ts';
import type { Kind } from './kinds.ts';
import { compileWire } from './wire/wire.ts';

const INDEPENDENT = 'endpoint-independent';
const ADDRESS = 'address-dependent';
const ADDRESS_AND_PORT = 'address-and-port-dependent';
const preserving = { kind: 'preserving' } as const;
const random = { kind: 'random' } as const;

function behind(
  mapping: NatBehaviour['mapping'],
  filtering: NatBehaviour['filtering'],
  allocation: NatBehaviour['allocation'],
): NatBehaviour {
  return { translated: true, mapping, filtering, allocation };
}

const BEHAVIOURS: Partial<Record<Kind, NatBehaviour>> = {
  open: { ...behind(INDEPENDENT, INDEPENDENT, preserving), translated: false },
  fullcone: behind(INDEPENDENT, INDEPENDENT, preserving),
  addr: behind(INDEPENDENT, ADDRESS, preserving),
  port: behind(INDEPENDENT, ADDRESS_AND_PORT, preserving),
  sym: behind(ADDRESS_AND_PORT, ADDRESS_AND_PORT, random),
  symseq: behind(ADDRESS_AND_PORT, ADDRESS_AND_PORT, { kind: 'sequential', stride: 1 }),
  cgn: behind(ADDRESS_AND_PORT, ADDRESS_AND_PORT, random),
  lan: behind(INDEPENDENT, ADDRESS_AND_PORT, preserving),
};
/** At 20 ms one way asking and being answered takes 40 ms; a machine with ten at work was seen to take 2 s for all of it. Of `LIMIT_MS` it is half. */
const DELAY_MS = 20;
const SOON_MS = 5_000;
const LIMIT_MS = 10_000;

async function found(
  a: Kind,
  b: Kind,
  lossPercent: number,
  ipv6: Ipv6Choice = 'none',
): Promise<Record<Site, FoundNetwork>> {
  return outputOfEnclosed('test/natlab/own-discovery.ts', {
    kinds: { a, b },
    delayMs: DELAY_MS,
    lossPercent,
    ipv6,
    wireProgram: await compileWire(),
    limitMs: LIMIT_MS,
  });
}

test.each([
  ['open', 'fullcone'],
  ['addr', 'port'],
  ['sym', 'symseq'],
  ['cgn', 'cgn'],
  ['lan', 'lan'],
] as const)('%s and %s are named rightly', async (a, b) => {
  const { a: atA, b: atB } = await found(a, b, 0);
  for (const [kind, { report, udp, mappingMs }] of [
    [a, atA],
    [b, atB],
  ] as const) {
    expect(report.behaviour, kind).toMatchObject(BEHAVIOURS[kind] ?? {});
    expect(report.untold, kind).toBeUndefined();
    expect(udp).toBe('works');
    expect(mappingMs, kind).toBeLessThan(SOON_MS);
  }
});

test('with 10 % loss each way as well', async () => {
  const { a, b } = await found('port', 'symseq', 10);
  expect(a.report.behaviour).toMatchObject({ mapping: INDEPENDENT, filtering: ADDRESS_AND_PORT });
  expect(b.report.behaviour).toMatchObject({
    mapping: ADDRESS_AND_PORT,
    allocation: BEHAVIOURS.symseq?.allocation,
  });
});

test.each([
  ['sym', '2001:db8:a::2', 'open', '2001:db8:b::2', INDEPENDENT],
  ['port', '2001:db8:a::2', 'cgn', '2001:db8:b:1::2', ADDRESS_AND_PORT],
] as const)(
  'IPv6 of %s (%s) and %s (%s) is told apart from their IPv4',
  async (a, own, b, other, filtering) => {
    const { a: atA, b: atB } = await found(a, b, 0, 'both');
    expect([atA.report.behaviour, atB.report.behaviour]).toMatchObject([
      BEHAVIOURS[a] ?? {},
      BEHAVIOURS[b] ?? {},
    ]);
    // Nothing translates it; what a firewall lets in shows as filtering.
    const untranslated = { ...behind(INDEPENDENT, ADDRESS_AND_PORT, preserving), translated: false };
    expect(atA.ipv6).toMatchObject({ mapped: { address: own }, behaviour: untranslated });
    expect(atB.ipv6).toMatchObject({ mapped: { address: other }, behaviour: { ...untranslated, filtering } });
  },
);

test('no UDP is no answer', async () => {
  const { a, b } = await found('udpblock', 'tcp443', 0);
  for (const { udp, report } of [a, b]) {
    expect(udp).toBe('silent');
    expect(report).toEqual({ untold: 'no-answer' });
  }
});
