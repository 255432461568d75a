/** Two sides of a call in a simulated world: their sessions, and what each saw happen. */
import pino from 'pino';
import type { PathReport, TimelineEvent } from '../../../../shared/call.ts';
import { openPathService, type PathService, type PathSession } from '../index.ts';
import type { Datagram, SimulatedHost, SimulatedWorld } from './world.ts';

const logger = pino({ level: 'silent' });

export interface Side {
  readonly host: SimulatedHost;
  readonly service: PathService;
  readonly session: PathSession;
  readonly timeline: TimelineEvent['type'][];
  readonly states: PathReport['state'][];
  readonly received: string[];
  /** When each datagram of media came, ms of the simulated clock. */
  readonly receivedAtMs: number[];
}

export async function side(
  world: SimulatedWorld,
  addresses: string[],
  role: 'controlling' | 'controlled',
  seed = '',
): Promise<Side> {
  const host = world.host(addresses, addresses.join() + seed);
  const service = openPathService({ outside: host.outside, logger });
  await service.start();
  const session = service.open({ role, startedAtMs: world.clock.now() });
  const result: Side = { host, service, session, timeline: [], states: [], received: [], receivedAtMs: [] };
  session.on('timeline', ({ type }) => result.timeline.push(type));
  session.on('state', (state) => result.states.push(state));
  session.media.onDatagram = (datagram, offset, length) => {
    result.received.push(datagram.subarray(offset, offset + length).toString());
    result.receivedAtMs.push(world.clock.now());
  };
  return result;
}

export const state = ({ session }: Side) => session.report().state;
export const remoteOf = ({ session }: Side) => {
  const end = session.report().active?.remote;
  return end && `${end.address}:${end.port}`;
};

export async function call(
  world: SimulatedWorld,
  aAddresses = ['192.0.2.1'],
  bAddresses = ['192.0.2.2'],
  seed = '',
): Promise<[Side, Side]> {
  const a = await side(world, aAddresses, 'controlling', seed);
  const b = await side(world, bAddresses, 'controlled', seed);
  a.session.connect(b.session.local);
  b.session.connect(a.session.local);
  return [a, b];
}

export async function openCall(...parameters: Parameters<typeof call>): Promise<[Side, Side]> {
  const [a, b] = await call(...parameters);
  const [world] = parameters;
  await world.clock.until(() => state(a) === 'open' && state(b) === 'open');
  return [a, b];
}

/** Sends media from both sides every 20 ms for so long. */
export async function talk(world: SimulatedWorld, sides: Side[], durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 20) {
    for (const { session } of sides) session.media.send(Buffer.from('media'));
    await world.clock.run(20);
  }
}

/** A call in which each side really answers from the address it was asked at: two pairs are valid. */
export async function openTwoWayCall(world: SimulatedWorld): Promise<[Side, Side]> {
  const transmit = world.transmit.bind(world);
  const site = (address: string) => address.split('.')[3];
  world.transmit = (datagram: Datagram) => {
    const host = world.hosts.find(({ addresses }) => addresses.includes(datagram.from));
    const from = host?.addresses.find((address) => site(address) === site(datagram.to)) ?? datagram.from;
    transmit({ ...datagram, from });
  };
  return openCall(world, ['192.0.2.1', '192.0.2.2'], ['192.0.3.1', '192.0.3.2']);
}
