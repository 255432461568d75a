/** A machine on the simulated internet, as the engine sees one: interfaces, sockets, a clock and chance of its own. */
import type {
  AddressFamily,
  DatagramHandler,
  DatagramSocket,
  HostAddress,
  Outside,
} from '../../src/main/engine/outside/index.ts';
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import { Link, type LinkQuality } from './link.ts';
import { FIRST_HOPS, familyOf, isLoopback, type Packet } from './packet.ts';
import type { Attachment, Realm } from './realm.ts';

/** What Linux gives sockets that ask for no port (`ip_local_port_range`): 32,768 to 60,999. */
const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_232;
/** Machines were started at different times: clocks that only grow say different things, ms. */
const LONGEST_UPTIME_MS = 1_000_000;

/** Sees every datagram that leaves a machine or comes to a socket of one. */
export interface TrafficWatch {
  sent(host: Host, packet: Packet): void;
  delivered(host: Host, packet: Packet): void;
}

interface Interface {
  readonly name: string;
  readonly realm: Realm;
  readonly addresses: readonly string[];
  readonly link: Link;
}

interface BoundSocket {
  readonly family: AddressFamily;
  readonly port: number;
  /** Undefined: every address of the machine. */
  readonly address: string | undefined;
  readonly onDatagram: DatagramHandler;
}

export interface HostOptions {
  readonly name: string;
  readonly clock: SimulatedClock;
  readonly random: SeededRandom;
  /** Those of all machines, and those of this one. */
  readonly watches: readonly (readonly TrafficWatch[])[];
  /** Addresses of a name; rejects for one that is not known. */
  readonly lookup: Outside['network']['lookup'];
}

export class Host implements Attachment {
  readonly name: string;
  readonly outside: Outside;
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #watches: readonly (readonly TrafficWatch[])[];
  readonly #interfaces: Interface[] = [];
  readonly #sockets = new Set<BoundSocket>();

  constructor({ name, clock, random, watches, lookup }: HostOptions) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
    this.#watches = watches;
    const uptimeMs = random.integer(LONGEST_UPTIME_MS);
    this.outside = {
      clock: {
        now: () => clock.now() + uptimeMs,
        wallNow: () => clock.wallNow(),
        setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
        clearTimer: (timer) => clock.clearTimer(timer),
      },
      random: random.derive('engine'),
      scheduling: { setUrgent: () => undefined },
      network: {
        bind: async (family, port, onDatagram, _onError, address) =>
          this.#bind({ family, port: this.#choosePort(family, port, address), address, onDatagram }),
        hostAddresses: () => this.#hostAddresses(),
        lookup,
      },
    };
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  get isConnected(): boolean {
    return this.#interfaces.length > 0;
  }

  /** Brings an interface up. The first that is up is the one packets to elsewhere leave by. */
  join(name: string, realm: Realm, addresses: readonly string[], quality: LinkQuality): void {
    const link = new Link(this.#clock, this.#random.derive(`${name} ${addresses}`), quality);
    this.#interfaces.push({ name, realm, addresses, link });
    for (const address of addresses) realm.attach(address, this);
  }

  /** Takes an interface down, with its addresses. */
  leave(name: string): void {
    const index = this.#interfaces.findIndex((each) => each.name === name);
    for (const { realm, addresses } of this.#interfaces.splice(index, index < 0 ? 0 : 1)) {
      for (const address of addresses) realm.detach(address);
    }
  }

  receive(packet: Packet): void {
    for (const socket of this.#sockets) {
      if (socket.port !== packet.toPort || socket.family !== familyOf(packet.to)) continue;
      if (socket.address !== undefined && socket.address !== packet.to) continue;
      for (const watches of this.#watches) for (const watch of watches) watch.delivered(this, packet);
      socket.onDatagram(Buffer.from(packet.bytes), packet.from, packet.fromPort);
      return;
    }
  }

  #bind(bound: BoundSocket): DatagramSocket {
    this.#sockets.add(bound);
    const { family, port } = bound;
    return {
      family,
      port,
      send: (bytes, offset, length, toPort, to, sent) => {
        const copy = Buffer.from(bytes.subarray(offset, offset + length));
        const error = this.#sockets.has(bound)
          ? this.#send(bound, copy, to, toPort)
          : new Error('socket closed');
        if (sent) this.#clock.setTimer(() => sent(error), 0);
      },
      close: () => void this.#sockets.delete(bound),
    };
  }

  /** Null, or what the system says when it cannot send. Whether it arrives is another matter. */
  #send(bound: BoundSocket, bytes: Buffer, to: string, toPort: number): Error | null {
    if (familyOf(to) !== bound.family) return systemError('EAFNOSUPPORT');
    const packet = { bytes, fromPort: bound.port, to, toPort, hopsLeft: FIRST_HOPS };
    if (isLoopback(to) || this.#interfaces.some(({ addresses }) => addresses.includes(to))) {
      this.#clock.setTimer(() => this.receive({ ...packet, from: bound.address ?? to }), 0);
      return null;
    }
    const way = this.#wayTo(bound, to);
    if (!way) return systemError('ENETUNREACH');
    const outgoing = { ...packet, from: way.from };
    for (const watches of this.#watches) for (const watch of watches) watch.sent(this, outgoing);
    way.link.carry(bytes.length, () => way.realm.route(outgoing));
    return null;
  }

  /** The interface whose network has the destination, or else the first that leads on, and the address to send from. */
  #wayTo(bound: BoundSocket, to: string): (Interface & { from: string }) | undefined {
    let first: (Interface & { from: string }) | undefined;
    for (const each of this.#interfaces) {
      const from =
        bound.address === undefined
          ? each.addresses.find((address) => familyOf(address) === bound.family)
          : each.addresses.find((address) => address === bound.address);
      if (from === undefined) continue;
      if (each.realm.holds(to)) return { ...each, from };
      first ??= { ...each, from };
    }
    return first;
  }

  /** @throws Error EADDRINUSE, as a promise */
  #choosePort(family: AddressFamily, wanted: number, address: string | undefined): number {
    const isTaken = (port: number) => {
      for (const bound of this.#sockets) {
        if (bound.family !== family || bound.port !== port) continue;
        if (address === undefined || bound.address === undefined || bound.address === address) return true;
      }
      return false;
    };
    if (wanted !== 0) {
      if (isTaken(wanted)) throw systemError('EADDRINUSE');
      return wanted;
    }
    for (;;) {
      const port = FIRST_EPHEMERAL_PORT + this.#random.integer(EPHEMERAL_PORTS);
      if (!isTaken(port)) return port;
    }
  }

  #hostAddresses(): HostAddress[] {
    const loopback = { interfaceName: 'lo', family: 'IPv4', address: '127.0.0.1', loopback: true } as const;
    return [
      loopback,
      ...this.#interfaces.flatMap(({ name, addresses }) =>
        addresses.map((address) => ({
          interfaceName: name,
          family: familyOf(address),
          address,
          loopback: false,
        })),
      ),
    ];
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
