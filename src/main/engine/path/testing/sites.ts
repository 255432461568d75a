/** Two sites of the small world, each with its NAT, a STUN server between them, and signals that take their time. */
import pino from 'pino';
import type { NatBehaviour } from '../../../../shared/network.ts';
import type { NetworkWord, PathParameters } from '../../../../shared/signal.ts';
import type { Candidate } from '../../../../shared/words.ts';
import { openPathService, type PathService, type PathSession } from '../index.ts';
import type { NetworkKnowledge } from '../surroundings.ts';
import { type NatKind, SimulatedNat } from './nat.ts';
import { mappedResponse } from './responder.ts';
import { type SimulatedHost, SimulatedWorld } from './world.ts';

export const STUN_SERVER = { host: '198.51.100.1', port: 3_478 };

export interface Site {
  readonly host: SimulatedHost;
  readonly nat: SimulatedNat;
  readonly service: PathService;
  readonly session: PathSession;
  /** Whether the session found that nothing can be done. */
  hopelessAtMs: number | undefined;
  readonly timeline: string[];
}

export interface Sites {
  readonly world: SimulatedWorld;
  readonly a: Site;
  readonly b: Site;
}

export interface SitesOptions {
  readonly seed?: number;
  /** How long a signal takes from one side to the other, ms; they stay in order. */
  readonly signalMs?: () => number;
  readonly knowledge?: (world: SimulatedWorld, nat: SimulatedNat) => NetworkKnowledge;
  /** Before anything is sent. */
  readonly prepare?: (world: SimulatedWorld, a: SimulatedNat, b: SimulatedNat) => void;
}

/** A generator of numbers from 0 up to 1 (Mulberry32), the same ones for a seed. */
export function seededChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A call between two sites: A, controlling, has sent its invitation, and B answers at once. */
export async function callBetween(
  aKind: NatKind,
  bKind: NatKind,
  options: SitesOptions = {},
): Promise<Sites> {
  const { seed = 1, knowledge = knowledgeOf } = options;
  const world = new SimulatedWorld();
  const chance = seededChance(seed);
  await startStunServer(world);
  const aNat = new SimulatedNat('203.0.113.1', aKind, chance);
  const bNat = new SimulatedNat('203.0.113.2', bKind, chance);
  options.prepare?.(world, aNat, bNat);
  const a = await openSite(world, '10.0.1.1', aNat, 'controlling', knowledge(world, aNat), seed);
  const b = await openSite(world, '10.0.2.1', bNat, 'controlled', knowledge(world, bNat), seed);
  const isKnown = ({ service }: Site) =>
    service.networkState().stun.every(({ state }) => state !== 'asking') && !service.nat.running;
  await world.clock.until(() => isKnown(a) && isKnown(b));
  exchange(world, a, b, options.signalMs ?? (() => 60));
  return { world, a, b };
}

export const stateOf = ({ session }: Site) => session.report().state;

/** Closes both sides. */
export async function closeSites({ a, b }: Sites): Promise<void> {
  await Promise.all([a.service.close(), b.service.close()]);
}

async function startStunServer(world: SimulatedWorld): Promise<void> {
  const { network } = world.host([STUN_SERVER.host]).outside;
  const server = await network.bind(
    'IPv4',
    STUN_SERVER.port,
    (request, address, port) => {
      const response = mappedResponse(request, address, port);
      server.send(response, 0, response.length, port, address);
    },
    () => undefined,
  );
}

async function openSite(
  world: SimulatedWorld,
  address: string,
  nat: SimulatedNat,
  role: 'controlling' | 'controlled',
  network: NetworkKnowledge,
  seed: number,
): Promise<Site> {
  const host = world.host([address], `${address} ${seed}`);
  world.nats.set(address, nat);
  const service = openPathService({ outside: host.outside, network, logger: pino({ level: 'silent' }) });
  await service.start();
  service.setStunServers([STUN_SERVER]);
  const session = service.open({ role, startedAtMs: world.clock.now() });
  const site: Site = { host, nat, service, session, hopelessAtMs: undefined, timeline: [] };
  const startedAtMs = world.clock.now();
  session.on('hopeless', () => {
    site.hopelessAtMs = world.clock.now() - startedAtMs;
  });
  session.on('timeline', ({ type }) => site.timeline.push(type));
  return site;
}

function exchange(world: SimulatedWorld, a: Site, b: Site, signalMs: () => number): void {
  const lane = () => {
    let lastAtMs = 0;
    return (deliver: () => void): void => {
      lastAtMs = Math.max(lastAtMs, world.clock.now() + signalMs());
      world.clock.setTimer(deliver, lastAtMs - world.clock.now());
    };
  };
  const lanes = new Map([
    [a, lane()],
    [b, lane()],
  ]);
  const signal = (from: Site, deliver: () => void) => lanes.get(from)?.(deliver);
  const parameters = ({ session }: Site): PathParameters => structuredClone(session.local);
  const trickle = (from: Site, to: Site): void => {
    const tell = (candidates: Candidate[], network?: NetworkWord) => {
      const told = structuredClone({ candidates, network });
      signal(from, () =>
        to.session.addRemoteCandidates(from.session.local.ufrag, told.candidates, told.network),
      );
    };
    from.session.on('candidates', (candidates) => tell(candidates));
    from.session.on('network', (network) => tell([], network));
  };
  const invitation = parameters(a);
  signal(a, () => {
    trickle(b, a);
    b.session.connect(invitation);
    const answer = parameters(b);
    signal(b, () => a.session.connect(answer));
  });
  trickle(a, b);
}

/** What discovery would have found of a NAT, and samples that take a round trip of 40 ms. */
export function knowledgeOf(world: SimulatedWorld, nat: SimulatedNat): NetworkKnowledge {
  const behaviour: NatBehaviour = { translated: true, ...nat.kind };
  return {
    udp: () => 'works',
    behaviour: (family) => (family === 'IPv4' ? behaviour : undefined),
    sampleNextPort: () =>
      new Promise((resolve) => {
        world.clock.setTimer(() => {
          const port = nat.choosePort(0);
          world.clock.setTimer(() => resolve({ address: nat.address, port }), 20);
        }, 20);
      }),
  };
}
