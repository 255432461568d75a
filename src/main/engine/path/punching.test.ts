/** Finding a way through NATs that give every destination another port: prediction, search, and the truth where neither helps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_EXTRA_SOCKETS,
  MAX_PREDICTED_CHECKS,
  MAX_PREDICTION_ROUNDS,
  MAX_PREDICTIONS,
  MAX_SEARCH_CHECKS,
  MAX_UNANSWERED_CHECKS,
  NAT_PORTS,
  ORDINARY_CHECKS_MS,
  PREDICTED_PORTS,
} from './constants.ts';
import type { NetworkKnowledge } from './surroundings.ts';
import { NAT_KINDS, type NatKind, type SimulatedNat } from './testing/nat.ts';
import {
  callBetween,
  closeSites,
  knowledgeOf,
  type Sites,
  STUN_SERVER,
  seededChance,
  stateOf,
} from './testing/sites.ts';

const { fullcone, addr, port, symseq, sym } = NAT_KINDS;

import type { SimulatedWorld } from './testing/world.ts';

/** The two sites hear nothing of each other. */
const notAmongSites = ({ from, to }: { from: string; to: string }) =>
  from.startsWith('203.0.113.') && to.startsWith('203.0.113.');

async function untilOpen({ world, a, b }: Sites, limitMs: number): Promise<void> {
  await world.clock.until(() => stateOf(a) === 'open' && stateOf(b) === 'open', limitMs);
}

async function expectNothingLeft(sites: Sites): Promise<void> {
  await closeSites(sites);
  // What is on its way arrives where nobody listens.
  await sites.world.clock.run(1_000);
  expect(sites.a.host.sockets.size + sites.b.host.sockets.size).toBe(0);
  expect(sites.world.clock.pendingTimers).toBe(0);
}

describe('ordinary checks', () => {
  const easy = { fullcone, addr, port };
  const withoutTechnique: [string, NatKind, NatKind][] = [
    ...Object.entries(easy).flatMap(([name, a]) =>
      Object.entries(easy).map(([other, b]): [string, NatKind, NatKind] => [`${name} with ${other}`, a, b]),
    ),
    ...Object.entries({ fullcone, addr }).flatMap(([name, a]): [string, NatKind, NatKind][] => [
      [`${name} with sym`, a, sym],
      [`sym with ${name}`, sym, a],
      [`${name} with symseq`, a, symseq],
      [`symseq with ${name}`, symseq, a],
    ]),
  ];

  it.each(withoutTechnique)('do for %s', async (_name, a, b) => {
    const sites = await callBetween(a, b);
    await untilOpen(sites, 500);
    expect([...sites.a.timeline, ...sites.b.timeline].filter((type) => type.startsWith('port-'))).toEqual([]);
    await closeSites(sites);
  });
});

describe('prediction', () => {
  const pairs: [string, NatKind, NatKind][] = [
    ['port with symseq', port, symseq],
    ['symseq with port', symseq, port],
    ['symseq with symseq', symseq, symseq],
    ['symseq with one that keeps its port for an address', symseq, steps(1, 'address-dependent')],
    ['one that keeps its port for an address with symseq', steps(1, 'address-dependent'), symseq],
    ['strides that go up and down', steps(-2), steps(4)],
  ];

  it.each(pairs)('connects %s, and leaves nothing behind', async (_name, a, b) => {
    const sites = await callBetween(a, b);
    await untilOpen(sites, 600);
    await sites.world.clock.run(5_000);
    expect([stateOf(sites.a), stateOf(sites.b)]).toEqual(['open', 'open']);
    // The engine's own socket, and the one that won.
    expect(sites.a.host.sockets.size).toBeLessThanOrEqual(2);
    expect(sites.b.host.sockets.size).toBeLessThanOrEqual(2);
    await expectNothingLeft(sites);
  });

  it('meets in the first round whatever others take meanwhile, as far as the ports that are tried reach', async () => {
    const takenMeanwhile = fc
      .tuple(fc.nat(5), fc.nat(PREDICTED_PORTS - 1))
      .filter(([a, b]) => 2 * a + b < PREDICTED_PORTS);
    await fc.assert(
      fc.asyncProperty(takenMeanwhile, fc.integer(), async ([a, b], seed) => {
        const sites = await callBetween(symseq, symseq, {
          seed,
          knowledge: (world, nat) => disturbed(world, nat, () => (nat.address === '203.0.113.1' ? a : b)),
        });
        await untilOpen(sites, 900);
        await closeSites(sites);
      }),
      { numRuns: 40 },
    );
  });

  it('goes on at the other end of the ports', async () => {
    const sites = await callBetween(symseq, steps(-1), {
      prepare: (_world, a, b) => {
        a.latestPort = 65_530;
        b.latestPort = 1_030;
      },
    });
    await untilOpen(sites, 600);
    await closeSites(sites);
  });

  it('begins another round, from new samples, where others took too many ports', async () => {
    let samples = 0;
    const sites = await callBetween(symseq, symseq, {
      knowledge: (world, nat) => disturbed(world, nat, () => (samples++ < 2 ? 20 : 0)),
    });
    await untilOpen(sites, 6_000);
    await closeSites(sites);
  });

  it('ends with its session also where the other side hurries on to the next round in the middle of one', async () => {
    const sites = await callBetween(port, symseq, { prepare: (world) => (world.dropped = notAmongSites) });
    const { world, a, b } = sites;
    await world.clock.until(() => a.timeline.includes('port-prediction'));
    const { ufrag, network } = b.session.local;
    const sample = { address: '203.0.113.2', latestPort: 30_000, round: 2 };
    a.session.addRemoteCandidates(ufrag, [], { ...network, udp: 'works', sample });
    await world.clock.run(20);

    await closeSites(sites);

    // Nothing that was sent before is on its way any more.
    const sent = world.sent.length;
    await world.clock.run(1_000);
    expect(world.sent.length).toBe(sent);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('takes another sample where the answer to one was lost', async () => {
    let samples = 0;
    const sites = await callBetween(port, symseq, {
      knowledge: (world, nat) => {
        const known = knowledgeOf(world, nat);
        const sampleNextPort: NetworkKnowledge['sampleNextPort'] = (family) =>
          samples++ === 0 ? Promise.resolve(null) : known.sampleNextPort(family);
        return { ...known, sampleNextPort };
      },
    });
    await untilOpen(sites, 700);
    await closeSites(sites);
  });

  it('ends after its rounds, within the time of a call, and says that it failed', async () => {
    const sites = await callBetween(symseq, symseq, {
      knowledge: (world, nat) => disturbed(world, nat, () => 40),
    });
    await sites.world.clock.run(11_500);
    expect(sites.a.session.report().obstacle).toBe('port-not-predicted');
    expect(sites.b.session.report().obstacle).toBe('port-not-predicted');
    expect(sites.a.host.sockets.size).toBe(1);
    await closeSites(sites);
  });

  it('survives 10 % loss each way over 200 ms', async () => {
    let late = 0;
    for (let seed = 0; seed < 40; seed++) {
      const chance = seededChance(seed);
      const sites = await callBetween(seed % 2 === 0 ? port : symseq, symseq, {
        seed,
        prepare: (world) => {
          world.delayMs = () => 200;
          world.dropped = ({ to }) => to !== STUN_SERVER.host && chance() < 0.1;
        },
      });
      await sites.world.clock.run(3_000);
      if (stateOf(sites.a) !== 'open' || stateOf(sites.b) !== 'open') late++;
      await closeSites(sites);
    }
    expect(late).toBeLessThanOrEqual(2);
  });
});

function steps(stride: number, mapping: NatKind['mapping'] = 'address-and-port-dependent'): NatKind {
  return { mapping, filtering: 'address-and-port-dependent', allocation: { kind: 'sequential', stride } };
}

/** Others behind the NAT take so many ports right after a sample. */
function disturbed(world: SimulatedWorld, nat: SimulatedNat, taken: () => number): NetworkKnowledge {
  const known = knowledgeOf(world, nat);
  return {
    ...known,
    sampleNextPort: async (family) => {
      const sample = await known.sampleNextPort(family);
      for (let left = taken(); left > 0; left--) nat.choosePort(0);
      return sample;
    },
  };
}

describe('the search', () => {
  it.each([
    ['port with sym', port, sym],
    ['sym with port', sym, port],
  ])('connects %s, sending no faster than it may, and closes what it opened', async (_name, a, b) => {
    const sites = await callBetween(a, b, { seed: 4 });
    const { world } = sites;
    const seeker = sites.a.nat.kind === sym ? sites.b : sites.a;
    const hider = seeker === sites.a ? sites.b : sites.a;
    await untilOpen(sites, 11_000);
    expect(seeker.timeline).toContain('port-search');
    const tried = world.sent.filter(
      ({ from, to }) => from === seeker.nat.address && to === hider.nat.address,
    );
    expect(new Set(tried.map(({ toPort }) => toPort)).size).toBeLessThanOrEqual(MAX_SEARCH_CHECKS + 2);
    await world.clock.run(4_000);
    expect(hider.host.sockets.size).toBeLessThanOrEqual(3);
    expect(seeker.host.sockets.size).toBe(1);
    await expectNothingLeft(sites);
  });

  it('opens no more sockets and tries no more ports than it may, and says that it found none', async () => {
    const sites = await callBetween(port, sym);
    const { world, a, b } = sites;
    world.dropped = ({ to }) => to === a.nat.address || to === b.nat.address;
    let most = 0;
    for (let passed = 0; passed < 12_000; passed += 100) {
      await world.clock.run(100);
      most = Math.max(most, b.host.sockets.size);
    }
    expect(most).toBe(MAX_EXTRA_SOCKETS + 1);
    expect(b.host.sockets.size).toBe(1);
    const triedPorts = () =>
      new Set(
        world.sent
          .filter(({ from, to }) => from === a.nat.address && to === b.nat.address)
          .map(({ toPort }) => toPort),
      ).size;
    const tried = triedPorts();
    expect(tried).toBeGreaterThan(MAX_SEARCH_CHECKS - 50);
    expect(tried).toBeLessThanOrEqual(MAX_SEARCH_CHECKS + 1);
    expect(a.session.report().obstacle).toBe('port-not-found');
    await world.clock.run(120_000);
    expect(triedPorts()).toBe(tried);
    await closeSites(sites);
  });

  it('hits as often as the arithmetic says', async () => {
    const runs = 400;
    let early = 0;
    let sum = 0;
    for (let seed = 0; seed < runs; seed++) {
      const sites = await callBetween(port, sym, { seed });
      const { world, a, b } = sites;
      world.delayMs = () => 1;
      // A port that is tried meets N open ones, a port that is opened meets M that let it in: each adds its share, whichever comes
      // first. By 1 - (1 - N / 64512)^M the sum up to the first hit is distributed as 1 - e^-x.
      const tried = new Set<number>();
      const opened = new Set<number>();
      let exposure = 0;
      let atHit: number | undefined;
      world.dropped = ({ from, fromPort, to, toPort }) => {
        const [mine, others, port] =
          from === a.nat.address && to === b.nat.address
            ? [tried, opened, toPort]
            : [opened, tried, fromPort];
        if (to === STUN_SERVER.host || from === STUN_SERVER.host || mine.has(port)) return false;
        mine.add(port);
        exposure -= others.size * Math.log(1 - 1 / NAT_PORTS);
        if (others.has(port)) atHit ??= exposure;
        return false;
      };
      await untilOpen(sites, 12_000);
      if (atHit === undefined) throw new Error('a path without a hit');
      sum += atHit;
      if (atHit < Math.LN2) early++;
      await closeSites(sites);
    }
    // Three standard deviations of each.
    expect(Math.abs(sum / runs - 1)).toBeLessThan(3 / Math.sqrt(runs));
    expect(Math.abs(early / runs - 0.5)).toBeLessThan(1.5 / Math.sqrt(runs));
  }, 60_000);
});

describe('where nothing helps', () => {
  it.each([
    ['sym with sym', sym, sym],
    ['sym with symseq', sym, symseq],
    ['symseq with sym', symseq, sym],
  ])('%s are told so on both sides once the checks had their time', async (_name, a, b) => {
    const sites = await callBetween(a, b);
    await sites.world.clock.run(ORDINARY_CHECKS_MS + 500);
    for (const { session, hopelessAtMs } of [sites.a, sites.b]) {
      expect(session.report().obstacle).toBe('both-unpredictable');
      expect(hopelessAtMs).toBeGreaterThanOrEqual(ORDINARY_CHECKS_MS);
    }
    await closeSites(sites);
  });

  it('a side whose UDP is blocked is told to both', async () => {
    const sites = await callBetween(port, port, {
      knowledge: (world, nat) => {
        const known = knowledgeOf(world, nat);
        return nat.address === '203.0.113.1'
          ? { ...known, udp: () => 'blocked', behaviour: () => undefined }
          : known;
      },
      prepare: (world) => {
        world.dropped = ({ from, to }) => from === '203.0.113.1' || to === '203.0.113.1';
      },
    });
    await sites.world.clock.run(ORDINARY_CHECKS_MS + 500);
    expect(sites.a.session.report().obstacle).toBe('udp-blocked-here');
    expect(sites.b.session.report().obstacle).toBe('udp-blocked-there');
    await closeSites(sites);
  });

  it('a side that answers nothing is named as that, when the call gives up', async () => {
    const sites = await callBetween(port, port);
    sites.world.dropped = () => true;
    await sites.world.clock.run(3_000);
    sites.a.session.giveUp();
    expect(sites.a.session.report().obstacle).toBe('no-answer');
    expect(sites.a.session.isHopeless).toBe(false);
    await closeSites(sites);
  });
});

describe('a peer that lies about its network', () => {
  it('cannot aim predictions or searches at an address that it did not name as its own', async () => {
    const sites = await callBetween(port, port);
    const { world, a, b } = sites;
    world.dropped = ({ to }) => to === a.nat.address || to === b.nat.address;
    const victim = '198.51.100.77';
    const { ufrag } = b.session.local;
    const behaviour = { translated: true, ...symseq };
    for (let round = 1; round <= 8; round++) {
      a.session.addRemoteCandidates(ufrag, [], {
        udp: 'works',
        behaviour,
        sample: { address: victim, latestPort: 1_000, round },
      });
      await world.clock.run(1_000);
    }
    expect(world.sent.filter(({ to }) => to === victim)).toEqual([]);
    await closeSites(sites);
  });

  it('gets no more than the bounded number of checks out of ever new samples and behaviours', async () => {
    const sites = await callBetween(port, port);
    const { world, a, b } = sites;
    world.dropped = () => true;
    const { ufrag } = b.session.local;
    const target = b.nat.address;
    for (let time = 0; time < 200; time++) {
      a.session.addRemoteCandidates(ufrag, [], {
        udp: 'works',
        behaviour: { translated: true, ...(time % 2 === 0 ? symseq : sym) },
        sample: { address: target, latestPort: 1_024 + 97 * time, round: 1 + (time % 3) },
      });
      await world.clock.run(100);
    }
    await world.clock.run(60_000);
    const predicted = MAX_PREDICTIONS * MAX_PREDICTION_ROUNDS * PREDICTED_PORTS * MAX_PREDICTED_CHECKS;
    expect(world.sent.filter(({ to }) => to === target).length).toBeLessThanOrEqual(
      MAX_SEARCH_CHECKS + predicted + 2 * MAX_UNANSWERED_CHECKS,
    );
    await closeSites(sites);
  });
});
