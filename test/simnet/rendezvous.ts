/**
 * The rendezvous server on the simulated internet, as far as carriers go: its STUN, its directory with probes and tickets, and its relay are
 * the real ones. What leads to it is not: frames are handed over as they are, late and in order.
 */
import type { KeyObject } from 'node:crypto';
import type { DatagramSocket } from '../../src/main/engine/outside/index.ts';
import { DEFAULT_LIMITS } from '../../src/server/constants.ts';
import { LandmarkNames } from '../../src/server/directory/distance.ts';
import { Directory } from '../../src/server/directory/index.ts';
import { Prober, type ProbeSource } from '../../src/server/directory/prober.ts';
import { Tickets } from '../../src/server/directory/tickets.ts';
import { Metrics } from '../../src/server/metrics.ts';
import type { SimulatedInternet } from './internet.ts';
import { familyOf } from './packet.ts';
import { RELAY_PORT, SimulatedRelay, WEB_SOCKET_PORT } from './relay.ts';
import { type SimulatedStunServer, startStunServer } from './stun-server.ts';

/** How far the servers are from the middle of the internet, ms one way: one near, one far, as landmarks are. */
const SERVER_LINE = { delayMs: 2 };
const FAR_LINE = { delayMs: 15 };

export class SimulatedRendezvous {
  readonly stunServers: readonly { readonly host: string; readonly port: number }[];
  readonly ticketKey: KeyObject;
  /** As clients reach it. */
  readonly url: URL;
  readonly directory: Directory;
  readonly relay: SimulatedRelay;
  readonly #prober: Prober;
  readonly #probes: readonly DatagramSocket[];

  private constructor(
    internet: SimulatedInternet,
    near: SimulatedStunServer,
    far: SimulatedStunServer,
    probes: Record<Exclude<ProbeSource, 'known'>, DatagramSocket>,
    heard: ProbeAnswers,
  ) {
    const { clock } = near.host.outside;
    const [primary = ''] = near.addresses;
    const chance = internet.random.derive('choice of nodes');
    const tickets = new Tickets(clock, DEFAULT_LIMITS.relayKbitPerS);
    this.stunServers = [near.address, far.address];
    this.ticketKey = tickets.publicKey;
    this.url = new URL(`wss://${primary}:${WEB_SOCKET_PORT}/`);
    this.relay = new SimulatedRelay(near.host, primary, tickets.publicKey);
    this.#probes = Object.values(probes);
    this.#prober = new Prober(clock, (source, datagram, { address, port }) => {
      if (source === 'known') return near.send(datagram, address, port);
      if (familyOf(address) === 'IPv6') return false;
      probes[source].send(datagram, 0, datagram.length, port, address);
      return true;
    });
    heard.tell = (...answer) => this.#prober.received(...answer);
    near.onOther = heard.tell;
    this.directory = new Directory({
      clock,
      metrics: new Metrics('simulated'),
      tickets,
      prober: this.#prober,
      landmarks: new LandmarkNames(this.stunServers.map(({ host, port }) => [`${host}:${port}`])),
      relay: {
        carrier: this.relay.carrier,
        addresses: [{ host: primary, port: RELAY_PORT }],
        urls: ['/relay'],
      },
      isContactOf: () => true,
      oneMachine: false,
      kbitPerS: DEFAULT_LIMITS.relayKbitPerS,
      chance: () => chance.fraction(),
    });
  }

  static async start(internet: SimulatedInternet): Promise<SimulatedRendezvous> {
    const near = await startStunServer(internet, 'stun1.example', SERVER_LINE);
    const far = await startStunServer(internet, 'stun2.example', FAR_LINE);
    const heard: ProbeAnswers = { tell: null };
    const bind = (address: string | undefined) =>
      near.host.outside.network.bind(
        'IPv4',
        0,
        (datagram, from, port) => heard.tell?.(datagram, from, port),
        () => undefined,
        address,
      );
    const [primary, alternate] = near.addresses;
    const probes = { 'other-port': await bind(primary), 'other-address': await bind(alternate) };
    const server = new SimulatedRendezvous(internet, near, far, probes, heard);
    await server.relay.listen(near.host);
    return server;
  }

  close(): void {
    this.directory.nodes.close();
    this.#prober.close();
    this.relay.close();
    for (const socket of this.#probes) socket.close();
  }
}

/** Filled in when there is a prober. */
interface ProbeAnswers {
  tell: ((datagram: Buffer, address: string, port: number) => void) | null;
}
