/** NAT behaviour discovery through the path service, against NATs and servers in memory on a clock that the tests drive. */
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { NatDependence, PortAllocation } from '../../../shared/network.ts';
import { openPathService, type PathService } from '../path/index.ts';
import { decodeStun, findAttribute } from '../stun/message.ts';
import { MAX_UNANSWERED_TO_NAMED, RUN_LIMIT_MS, SERVER_WAIT_MS } from './constants.ts';
import type { NatBoxOptions } from './testing/nat-box.ts';
import { NatWorld } from './testing/nat-world.ts';
import type { StunSite, StunSiteOptions } from './testing/stun-site.ts';

const logger = pino({ level: 'silent' });
const INSIDE = '192.168.1.20';
const PUBLIC = '198.51.100.7';
const FIRST = '203.0.113.1';
const SECOND = '203.0.113.2';
const EI = 'endpoint-independent';
const AD = 'address-dependent';
const APD = 'address-and-port-dependent';

const services: PathService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

interface Stage {
  readonly world: NatWorld;
  readonly service: PathService;
  readonly site: StunSite;
  /** When the discovery began, by the world's clock. */
  readonly startedAtMs: number;
}

async function stage(
  nat: Partial<NatBoxOptions> | null,
  site: Partial<StunSiteOptions> = {},
  more: { readonly sites?: readonly StunSiteOptions[]; readonly world?: (world: NatWorld) => void } = {},
): Promise<Stage> {
  const world = new NatWorld();
  const inside = nat ? INSIDE : PUBLIC;
  if (nat) world.natBefore(INSIDE, { publicAddress: PUBLIC, ...nat });
  const first = world.site({ addresses: [FIRST, SECOND], ports: [3478, 3479], ...site });
  for (const options of more.sites ?? []) world.site(options);
  more.world?.(world);
  const host = world.host([inside]);
  const service = openPathService({ outside: host.outside, logger });
  services.push(service);
  await service.start();
  const startedAtMs = world.clock.now();
  const sites = [
    { addresses: [FIRST] as readonly string[], ports: [3478] as readonly number[] },
    ...(more.sites ?? []),
  ];
  service.setStunServers(
    sites.map(({ addresses, ports }) => ({ host: addresses[0] ?? '', port: ports[0] ?? 0 })),
  );
  return { world, service, site: first, startedAtMs };
}

async function discovered(...options: Parameters<typeof stage>): Promise<Stage> {
  const set = await stage(...options);
  await set.world.clock.until(() => set.service.nat.running);
  await set.world.clock.until(() => !set.service.nat.running, RUN_LIMIT_MS + SERVER_WAIT_MS + 100);
  return set;
}

describe('the behaviour of a NAT', () => {
  const sequential: PortAllocation = { kind: 'sequential', stride: 1 };
  const random: PortAllocation = { kind: 'random' };
  const preserving: PortAllocation = { kind: 'preserving' };
  const cases: [string, NatDependence, NatDependence, PortAllocation][] = [
    ['full cone', EI, EI, preserving],
    ['restricted cone', EI, AD, preserving],
    ['port-restricted cone', EI, APD, preserving],
    ['a cone that chooses ports by chance', EI, APD, random],
    ['a cone that chooses ports one after another', EI, AD, { kind: 'sequential', stride: 2 }],
    ['symmetric', APD, APD, random],
    ['symmetric in sequence', APD, APD, sequential],
    ['symmetric in sequence, downward', APD, APD, { kind: 'sequential', stride: -3 }],
    ['symmetric by address', AD, AD, random],
    ['symmetric by address, in sequence', AD, APD, sequential],
    ['symmetric with an open filter', APD, EI, sequential],
  ];
  it.each(cases)('is told of %s', async (_name, mapping, filtering, allocation) => {
    const { service } = await discovered({ mapping, filtering, allocation });
    const report = service.nat.report('IPv4');
    expect(report.behaviour).toMatchObject({ translated: true, mapping, filtering, allocation });
    expect(report.mapped?.address).toBe(PUBLIC);
    expect(report.untold).toBeUndefined();
  });

  it.each([true, false])('hairpins: %s, also through the strictest filter', async (hairpinning) => {
    const { service } = await discovered({ filtering: APD, hairpinning });
    expect(service.nat.behaviour('IPv4')?.hairpinning).toBe(hairpinning);
  });

  it('is known to be none where the public address is our own', async () => {
    const { service } = await discovered(null);
    expect(service.nat.behaviour('IPv4')).toEqual({
      translated: false,
      mapping: EI,
      filtering: EI,
      allocation: preserving,
    });
  });

  it('has a stride although others make mappings in between', async () => {
    let turn = 0;
    const others = () => [0, 0, 1, 0, 3, 0][turn++ % 6] ?? 0;
    const allocation: PortAllocation = { kind: 'sequential', stride: 4 };
    const { service } = await discovered({ mapping: APD, filtering: APD, allocation, others });
    expect(service.nat.behaviour('IPv4')?.allocation).toEqual(allocation);
  });

  it('is found at 10 % loss each way and 200 ms delay', async () => {
    const slow = (world: NatWorld) => {
      world.lossShare = 0.1;
      world.delayMs = () => 100;
    };
    const { service } = await discovered({ filtering: APD }, {}, { world: slow });
    expect(service.nat.behaviour('IPv4')).toMatchObject({ mapping: EI, filtering: APD });
  });

  it('is known two round trips after the start as far as mapping and ports go', async () => {
    const { world, service, startedAtMs } = await stage({
      mapping: APD,
      filtering: APD,
      allocation: sequential,
    });
    await world.clock.until(() => service.nat.behaviour('IPv4')?.allocation !== undefined);
    expect(service.nat.behaviour('IPv4')?.mapping).toBe(APD);
    expect(world.clock.now() - startedAtMs).toBeLessThanOrEqual(2 * 2 * 20);
  });
});

describe('plain STUN servers', () => {
  const plainAt = (address: string): StunSiteOptions => ({
    addresses: [address, ''],
    ports: [3478, 3479],
    plain: true,
  });

  it('tell an endpoint-independent mapping when two agree, and no filtering', async () => {
    const { service } = await discovered({ filtering: AD }, { plain: true }, { sites: [plainAt(SECOND)] });
    const { behaviour, untold } = service.nat.report('IPv4');
    expect(behaviour).toMatchObject({ mapping: EI, allocation: { kind: 'preserving' } });
    expect(behaviour?.filtering).toBeUndefined();
    expect(untold).toBe('plain-servers');
  });

  it('tell one that depends on them', async () => {
    const nat = { mapping: APD, filtering: APD, allocation: { kind: 'sequential', stride: 1 } } as const;
    const { service } = await discovered(nat, { plain: true }, { sites: [plainAt(SECOND)] });
    expect(service.nat.behaviour('IPv4')).toMatchObject({ mapping: APD, allocation: nat.allocation });
  });

  it('tell nothing of the mapping when there is one of them alone', async () => {
    const { service } = await discovered({}, { plain: true });
    expect(service.nat.behaviour('IPv4')?.mapping).toBeUndefined();
    expect(service.nat.report('IPv4').untold).toBe('plain-servers');
  });

  it('are outvoted when one of three is wrong', async () => {
    const liar: StunSiteOptions = {
      ...plainAt('203.0.113.9'),
      sees: () => ({ address: '192.0.2.66', port: 1 }),
    };
    const { service } = await discovered({}, { plain: true }, { sites: [plainAt(SECOND), liar] });
    expect(service.nat.behaviour('IPv4')?.mapping).toBe(EI);
  });
});

describe('a server that lies', () => {
  const second: StunSiteOptions = { addresses: ['203.0.113.11', '203.0.113.12'], ports: [3478, 3479] };

  it.each([
    ['loopback', '127.0.0.1', 3479],
    ['private', '192.168.1.1', 3479],
    ['our own', PUBLIC, 3478],
    ['itself', FIRST, 3479],
    ['multicast', '224.0.0.1', 3479],
    ['broadcast', '255.255.255.255', 3479],
    ['no address', '0.0.0.0', 3479],
    ['of the other family', '2001:db8::1', 3479],
    ['of the same port', SECOND, 3478],
  ])('about its other address (%s) is asked like a plain one', async (_what, address, port) => {
    const { world, service } = await discovered({}, { otherAddress: { address, port } });
    expect(service.nat.report('IPv4').untold).toBe('plain-servers');
    const hairpin = PUBLIC === address ? 6 : 0;
    if (address !== FIRST && address !== SECOND)
      expect(world.sentTo(address).length).toBeLessThanOrEqual(hairpin);
  });

  it('about its other address aims no more than a few datagrams at a victim, however often it is asked', async () => {
    const victim = { address: '192.0.2.99', port: 53 };
    const { world, service } = await discovered({}, { otherAddress: victim });
    for (let again = 0; again < 5; again++) {
      service.refresh();
      await world.clock.run(10_000);
    }
    expect(world.sentTo(victim.address).length).toBeGreaterThan(0);
    expect(world.sentTo(victim.address).length).toBeLessThanOrEqual(MAX_UNANSWERED_TO_NAMED);
  });

  it('about our address aims no more than a few datagrams at a victim', async () => {
    const victim = '192.0.2.99';
    const { world } = await discovered({}, { sees: ({ port }) => ({ address: victim, port }) });
    expect(world.sentTo(victim).length).toBeLessThanOrEqual(MAX_UNANSWERED_TO_NAMED);
  });

  it('and whose other address is dead does not keep the next one from being asked', async () => {
    const silentAt = ({ address }: { address: string }) => address === SECOND;
    const { service } = await discovered({ filtering: AD }, { silentAt }, { sites: [second] });
    expect(service.nat.behaviour('IPv4')).toMatchObject({ mapping: EI, filtering: AD });
  });

  it('by never answering from its other address is not believed about a filter', async () => {
    const twist: StunSiteOptions['twist'] = (answer, request) =>
      findAttribute(request, 'change-request') ? null : answer;
    const { service } = await discovered({}, { twist });
    const { behaviour, untold } = service.nat.report('IPv4');
    expect(behaviour?.mapping).toBe(EI);
    expect(behaviour?.filtering).toBeUndefined();
    expect(untold).toBe('plain-servers');
  });

  it.each([
    ['a cone', EI, { kind: 'preserving' }],
    ['a symmetric NAT', APD, { kind: 'random' }],
  ] as const)(
    'by answering from where it was asked is not believed about the filter of %s',
    async (_nat, mapping, allocation) => {
      const twist: StunSiteOptions['twist'] = (answer, request) =>
        findAttribute(request, 'change-request') ? { ...answer, from: FIRST, fromPort: 3478 } : answer;
      const { service } = await discovered({ mapping, allocation, filtering: APD }, { twist });
      expect(service.nat.behaviour('IPv4')).toMatchObject({ mapping });
      expect(service.nat.behaviour('IPv4')?.filtering).toBeUndefined();
    },
  );

  it('and four of them whose other address is dead leave time for what can be told', async () => {
    const dead = (third: number): StunSiteOptions => ({
      addresses: [`203.0.113.${third}`, `203.0.113.${third + 1}`],
      ports: [3478, 3479],
      silentAt: ({ address }) => address === `203.0.113.${third + 1}`,
    });
    const silentAt = ({ address }: { address: string }) => address === SECOND;
    const { world, service, startedAtMs } = await discovered(
      { filtering: APD, hairpinning: true },
      { silentAt },
      { sites: [dead(11), dead(21), dead(31)] },
    );
    expect(world.clock.now() - startedAtMs).toBeLessThan(RUN_LIMIT_MS);
    expect(service.nat.behaviour('IPv4')).toMatchObject({ mapping: EI, hairpinning: true });
    expect(service.nat.report('IPv4').untold).toBe('plain-servers');
  });

  it('for others is not heard', async () => {
    // Each answer carries another transaction ID.
    const twist: StunSiteOptions['twist'] = (answer) => {
      const bytes = Buffer.from(answer.bytes);
      bytes[19] = (bytes[19] ?? 0) ^ 1;
      return decodeStun(bytes) ? { ...answer, bytes } : answer;
    };
    const { world, service } = await stage({}, { twist });
    await world.clock.run(20_000);
    expect(service.nat.running).toBe(false);
    expect(service.nat.report('IPv4')).toEqual({ untold: 'no-answer' });
  });

  it.each([1, 3, 7, 20])('about everything at random (%i) ends in time', async (seed) => {
    let count = seed;
    const chance = (below: number) => {
      count = (count * 1_103_515_245 + 12_345) % 2 ** 31;
      return count % below;
    };
    const twist: StunSiteOptions['twist'] = (answer) =>
      chance(3) === 0 ? null : { ...answer, fromPort: chance(2) === 0 ? answer.fromPort : 3479 };
    const sees = () => ({ address: `198.51.100.${chance(256)}`, port: 1 + chance(65_535) });
    const { world, service, startedAtMs } = await stage(
      { filtering: APD },
      { twist, sees },
      { sites: [second] },
    );
    await world.clock.until(() => service.nat.running);
    await world.clock.until(() => !service.nat.running, 20_000);
    expect(world.clock.now() - startedAtMs).toBeLessThan(20_000);
  });

  it('leaves nothing open', async () => {
    const silentAt = ({ address }: { address: string }) => address === SECOND;
    const { world, service } = await stage({}, { silentAt });
    await world.clock.until(() => service.nat.running);
    await world.clock.run(100);
    await service.close();
    await world.clock.run(0);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.hosts.flatMap(({ sockets }) => [...sockets])).toEqual([]);
  });
});

describe('a network that changes', () => {
  it('is discovered anew, and what was found before is forgotten', async () => {
    const { world, service } = await discovered({ filtering: APD });
    const [host] = world.hosts;
    world.natBefore('10.0.0.5', {
      publicAddress: '198.51.100.8',
      mapping: APD,
      filtering: APD,
      allocation: { kind: 'random' },
    });
    if (host) host.addresses = ['10.0.0.5'];
    service.refresh();
    await world.clock.run(1);
    expect(service.nat.behaviour('IPv4')?.mapping).toBeUndefined();
    await world.clock.until(() => service.nat.behaviour('IPv4')?.mapping === APD, 10_000);
    expect(service.nat.report('IPv4').mapped?.address).toBe('198.51.100.8');
  });

  it('is remembered while the servers are silent', async () => {
    let silent = false;
    const { world, service } = await discovered({ filtering: APD }, { silentAt: () => silent });
    const before = service.nat.behaviour('IPv4');
    silent = true;
    service.refresh();
    await world.clock.until(() => service.udp() === 'silent', 10_000);
    expect(service.nat.behaviour('IPv4')).toEqual(before);
    expect(service.nat.report('IPv4')).toEqual({ untold: 'no-answer' });
  });

  it('is not asked about again while it stays the same', async () => {
    const { world, service, site } = await discovered({ filtering: APD });
    const askedThen = site.asked;
    await world.clock.run(25_000);
    expect(service.nat.running).toBe(false);
    expect(site.asked).toBe(askedThen);
  });
});
