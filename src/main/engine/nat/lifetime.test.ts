/** The life of mappings, learnt from NATs in memory, and the keep-alives that follow from it. */
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { openPathService, type PathService } from '../path/index.ts';
import { findAttribute } from '../stun/message.ts';
import { MAX_LIFETIME_PROBES } from './constants.ts';
import { LifetimeStudy, nextAgeMs } from './lifetime.ts';
import type { NatBoxOptions } from './testing/nat-box.ts';
import { NatWorld } from './testing/nat-world.ts';
import type { StunSite, StunSiteOptions } from './testing/stun-site.ts';

const logger = pino({ level: 'silent' });
const SERVER = '203.0.113.1';
/** Longer than any study takes, ms: eight mappings of 110 s and what is around them. */
const WHOLE_STUDY_MS = 1_000_000;

let opened: PathService | undefined;
afterEach(() => opened?.close());

async function behindNat(
  nat: Partial<NatBoxOptions>,
  site: Partial<StunSiteOptions> = {},
): Promise<{ world: NatWorld; service: PathService; server: StunSite }> {
  const world = new NatWorld();
  world.natBefore('192.168.1.20', { publicAddress: '198.51.100.7', ...nat });
  const server = world.site({ addresses: [SERVER, '203.0.113.2'], ports: [3478, 3479], ...site });
  const service = openPathService({ outside: world.host(['192.168.1.20']).outside, logger });
  opened = service;
  await service.start();
  service.setStunServers([{ host: SERVER, port: 3478 }]);
  return { world, service, server };
}

describe('a study of the life of mappings', () => {
  it('that gets one of its two sockets gives that one back', async () => {
    let open = 0;
    const socket = (close: () => void): DatagramSocket => ({
      family: 'IPv4',
      port: 40_000,
      send: () => undefined,
      close,
    });
    const clock = new SimulatedClock();
    let wanted = 0;
    const network: Outside['network'] = {
      ...realOutside.network,
      bind: async () => {
        wanted++;
        if (wanted > 1) throw new Error('no descriptor is free');
        open++;
        return socket(() => open--);
      },
    };
    const study = new LifetimeStudy({
      outside: { ...realOutside, clock, network },
      family: 'IPv4',
      server: { address: SERVER, port: 3478 },
      quietUntilMs: () => 0,
      onAlive: () => undefined,
      logger,
    });

    await clock.run(WHOLE_STUDY_MS);

    expect([wanted, open]).toEqual([2, 0]);
    study.close();
  });
});

describe('the life of a mapping', () => {
  it.each([
    ['a NAT that forgets after 30 s', 30_000, 25_000],
    ['one that forgets after 2 minutes', 120_000, 110_000],
    ['one that forgets after 12 s', 12_000, 10_000],
    ['one that remembers for ever', 10_000_000, 110_000],
  ])('is learnt of %s', async (_what, lifetimeMs, learntMs) => {
    const { world, service } = await behindNat({ lifetimeMs, filtering: 'address-and-port-dependent' });
    await world.clock.run(WHOLE_STUDY_MS);
    expect(service.nat.behaviour('IPv4')?.bindingLifetimeMs).toBe(learntMs);
  });

  it('is learnt behind a symmetric NAT too', async () => {
    const symmetric = 'address-and-port-dependent';
    const { world, service } = await behindNat({
      lifetimeMs: 60_000,
      mapping: symmetric,
      filtering: symmetric,
      allocation: { kind: 'random' },
    });
    await world.clock.run(WHOLE_STUDY_MS);
    expect(service.nat.behaviour('IPv4')?.bindingLifetimeMs).toBe(50_000);
  });

  it('is learnt once, with few questions, and then left at that', async () => {
    const { world, service, server } = await behindNat({ lifetimeMs: 30_000 });
    await world.clock.until(() => service.nat.running);
    await world.clock.until(() => !service.nat.running);
    const askedBefore = server.asked;
    await world.clock.run(WHOLE_STUDY_MS);
    // Each mapping takes two questions, one for the answer to it and one more, of which those that died are asked three times.
    expect(server.asked - askedBefore).toBeLessThanOrEqual(MAX_LIFETIME_PROBES * 6);
    const askedThen = server.asked;
    await world.clock.run(WHOLE_STUDY_MS);
    expect(server.asked).toBe(askedThen);
  });

  it('is not studied while a call may be counting on the next ports', async () => {
    const { world, service } = await behindNat({ lifetimeMs: 60_000 });
    await world.clock.run(29_000);
    const sample = service.nat.sampleNextPort('IPv4');
    await world.clock.run(1_000);
    expect(await sample).not.toBeNull();
    const sockets = () => world.hosts.flatMap((host) => [...host.sockets]).length;
    for (let second = 0; second < 13; second++) {
      await world.clock.run(1_000);
      expect(sockets()).toBe(1);
    }
    await world.clock.until(() => sockets() > 1, 5_000);
    await world.clock.run(WHOLE_STUDY_MS);
    expect(service.nat.behaviour('IPv4')?.bindingLifetimeMs).toBe(50_000);
  });

  it('stays unknown where the server does not answer to another port', async () => {
    const { world, service } = await behindNat(
      {},
      { twist: (answer, request) => (findAttribute(request, 'response-port') ? null : answer) },
    );
    await world.clock.run(WHOLE_STUDY_MS);
    expect(service.nat.behaviour('IPv4')?.mapping).toBe('endpoint-independent');
    expect(service.nat.behaviour('IPv4')?.bindingLifetimeMs).toBeUndefined();
  });

  it('is not studied any longer when the service closes', async () => {
    const { world, service } = await behindNat({});
    await world.clock.run(50_000);
    await service.close();
    await world.clock.run(0);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.hosts.flatMap(({ sockets }) => [...sockets])).toEqual([]);
  });

  it('sets how often a call refreshes its mapping', async () => {
    const { world, service, server } = await behindNat({ lifetimeMs: 120_000 });
    const session = service.open({ role: 'controlling', startedAtMs: world.clock.now() });
    const refreshesIn = async (durationMs: number): Promise<number> => {
      const before = server.asked;
      await world.clock.run(durationMs);
      return server.asked - before;
    };
    await world.clock.run(3_000);
    const cautious = await refreshesIn(24_000);
    await world.clock.run(WHOLE_STUDY_MS);
    expect(cautious).toBe(1);
    // The clock of the interfaces, 1.5 s, adds up to that much to each pause of 55 s.
    expect(await refreshesIn(565_000)).toBe(10);
    session.close();
  });
});

it('the ages that are tried end for whatever life a mapping has', () => {
  for (let lifeMs = 500; lifeMs < 400_000; lifeMs += 500) {
    let [aliveMs, deadMs, probes] = [0, Number.POSITIVE_INFINITY, 0];
    for (let ageMs = nextAgeMs(0, deadMs); ageMs !== null; ageMs = nextAgeMs(aliveMs, deadMs)) {
      probes++;
      if (ageMs < lifeMs) aliveMs = ageMs;
      else deadMs = ageMs;
      expect(probes).toBeLessThan(MAX_LIFETIME_PROBES);
    }
    expect(aliveMs).toBeLessThanOrEqual(lifeMs);
  }
});
