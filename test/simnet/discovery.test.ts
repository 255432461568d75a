/** Whatever a NAT does, discovery names it: the engine's on simulated NATs, asked of the real server's logic. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NatBehaviour, PortAllocation } from '../../src/shared/network.ts';
import { nat as anyNat } from './arbitraries.ts';
import { startPeer } from './call.ts';
import { SimulatedInternet, type SiteOptions } from './internet.ts';
import type { LinkQuality } from './link.ts';
import type { NatOptions } from './nat.ts';
import { startStunServer } from './stun-server.ts';

const RUNS = Number(process.env.BYWAY_SIMNET_RUNS ?? 100);
const LIMIT_MS = 30_000 + RUNS * 200;
/** Discovery is to be over by then, ms. */
const OVER_MS = 15_000;

type Site = Omit<SiteOptions, 'up' | 'down'>;

async function discover(seed: string, site: Site, line: LinkQuality = { delayMs: 20 }, plain = false) {
  const internet = new SimulatedInternet(seed);
  const servers = [
    (await startStunServer(internet, 'stun1.example', { delayMs: 2 }, plain)).address,
    (await startStunServer(internet, 'stun2.example', { delayMs: 9 }, plain)).address,
  ];
  const host = internet.host('machine');
  internet.connect(host, internet.site({ ...site, up: line, down: line }));
  const { paths } = await startPeer(host, servers);
  await internet.clock.run(1_000);
  await internet.clock.until(() => !paths.nat.running && paths.udp() !== 'asking', OVER_MS);
  const found = paths.nat.report('IPv4');
  await paths.close();
  await internet.clock.run(10_000);
  expect([internet.clock.pendingTimers, host.openSockets]).toEqual([0, 0]);
  return found;
}

/**
 * What can be told of how ports are given. One who keeps the first and counts on from it looks like one who counts, once there are enough
 * mappings of one socket: a server has four addresses, of which two are at another IP address.
 */
function tellableAllocation({ mapping, allocation }: NatOptions): PortAllocation | undefined {
  if (allocation.kind === 'sequential') return { kind: 'sequential', stride: allocation.stride };
  if (allocation.kind === 'random' || mapping === 'endpoint-independent') return { kind: allocation.kind };
  return mapping === 'address-and-port-dependent' ? { kind: 'sequential', stride: 1 } : undefined;
}

/** Hairpinning is found only where one mapping serves all: otherwise nobody knows the address to send to. */
function expected(nat: NatOptions): NatBehaviour {
  const { mapping, filtering, hairpinning } = nat;
  const allocation = tellableAllocation(nat);
  return {
    translated: true,
    mapping,
    filtering,
    ...(allocation && { allocation }),
    ...(mapping === 'endpoint-independent' && { hairpinning }),
  };
}

const seed = fc.integer({ min: 0, max: 2 ** 31 }).map(String);
/** No others behind the NAT: then every step of a sequence is the stride. */
const quietNat = anyNat.map((nat) => ({ ...nat, allocation: { ...nat.allocation, othersPerSecond: 0 } }));

describe('discovery on the simulated internet', () => {
  it(
    'names mapping, filtering, hairpinning and allocation of any NAT',
    async () => {
      await fc.assert(
        fc.asyncProperty(seed, quietNat, async (each, nat) => {
          const { behaviour } = await discover(each, { nat });
          expect(behaviour).toEqual(expected(nat));
        }),
        { numRuns: RUNS },
      );
    },
    LIMIT_MS,
  );

  it(
    'names mapping and filtering also when a tenth is lost each way, or says that it does not know',
    async () => {
      const lossy = { delayMs: 20, jitterMs: 10, lossShare: 0.1, duplicateShare: 0.02 };
      let told = 0;
      await fc.assert(
        fc.asyncProperty(seed, anyNat, async (each, nat) => {
          const { behaviour } = await discover(each, { nat }, lossy);
          if (behaviour?.mapping !== undefined) expect(behaviour.mapping).toBe(nat.mapping);
          if (behaviour?.mapping !== undefined && behaviour.filtering !== undefined) told++;
        }),
        { numRuns: RUNS },
      );
      expect(told / RUNS).toBeGreaterThan(0.9);
    },
    LIMIT_MS,
  );

  it('finds no translation where there is none, and a firewall by what it lets in', async () => {
    expect((await discover('open', {})).behaviour).toMatchObject({
      translated: false,
      mapping: 'endpoint-independent',
      filtering: 'endpoint-independent',
    });
    const firewall = { filtering: 'address-and-port-dependent', lifetimeMs: 60_000 } as const;
    expect((await discover('firewall', { firewall })).behaviour).toMatchObject({
      translated: false,
      mapping: 'endpoint-independent',
      filtering: 'address-and-port-dependent',
    });
  });

  it('tells mapping alone by plain servers, and nothing where UDP is blocked', async () => {
    await fc.assert(
      fc.asyncProperty(seed, quietNat, async (each, nat) => {
        const { behaviour, untold } = await discover(each, { nat }, undefined, true);
        expect(untold).toBe('plain-servers');
        expect(behaviour?.filtering).toBeUndefined();
        // Two servers at one address each cannot show whether the port matters also: the stricter kind is said.
        const stricter = nat.mapping === 'address-dependent' ? 'address-and-port-dependent' : nat.mapping;
        expect(behaviour?.mapping).toBe(stricter);
      }),
      { numRuns: 20 },
    );
    expect(await discover('blocked', { udpBlocked: true })).toEqual({ untold: 'no-answer' });
  });
});
