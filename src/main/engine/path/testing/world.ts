/**
 * A small world for tests of paths: a clock that moves when it is told to, and a network in memory that delivers after a delay, drops what
 * it is told to, and keeps what went through it. Deterministic for a seed.
 */
import type {
  AddressFamily,
  DatagramHandler,
  DatagramSocket,
  HostAddress,
  Outside,
} from '../../outside/index.ts';
import { SeededRandom } from '../../outside/testing/seeded-random.ts';
import { SimulatedClock } from '../../outside/testing/simulated-clock.ts';

export interface Datagram {
  readonly bytes: Buffer;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
}

interface Bound {
  readonly host: SimulatedHost;
  readonly port: number;
  readonly onDatagram: DatagramHandler;
}

/** What stands between machines and the rest of the world, and changes addresses. */
export interface Translator {
  readonly address: string;
  out(datagram: Datagram): Datagram;
  /** Undefined where it lets nothing in. */
  in(datagram: Datagram): Datagram | undefined;
}

/** One machine: its addresses, and the one it sends from. */
export class SimulatedHost {
  addresses: string[];
  readonly outside: Outside;
  readonly sockets = new Set<Bound>();

  constructor(world: SimulatedWorld, addresses: string[], seed: string) {
    this.addresses = addresses;
    this.outside = {
      clock: world.clock,
      random: new SeededRandom(seed),
      scheduling: { setUrgent: () => undefined },
      network: {
        bind: (family, port, onDatagram) => this.#bind(world, family, port, onDatagram),
        hostAddresses: () => this.#hostAddresses(),
        lookup: () => Promise.reject(new Error('no names here')),
      },
    };
  }

  #hostAddresses(): HostAddress[] {
    return this.addresses.map((address) => ({
      interfaceName: 'eth0',
      family: 'IPv4',
      address,
      loopback: address.startsWith('127.'),
    }));
  }

  async #bind(
    world: SimulatedWorld,
    family: AddressFamily,
    port: number,
    onDatagram: DatagramHandler,
  ): Promise<DatagramSocket> {
    if (family === 'IPv6') throw new Error('no IPv6 here');
    const bound: Bound = { host: this, port: port || world.freePort(), onDatagram };
    this.sockets.add(bound);
    return {
      family,
      port: bound.port,
      send: (bytes, offset, length, toPort, to, sent) => {
        const [from] = this.addresses;
        const copy = Buffer.from(bytes.subarray(offset, offset + length));
        if (from) world.transmit({ bytes: copy, from, fromPort: bound.port, to, toPort });
        world.clock.setTimer(() => sent?.(from ? null : new Error('ENETUNREACH')), 0);
      },
      close: () => void this.sockets.delete(bound),
    };
  }
}

export class SimulatedWorld {
  readonly clock = new SimulatedClock();
  readonly hosts: SimulatedHost[] = [];
  /** One way, ms; may be a function of the datagram. */
  delayMs: (datagram: Datagram) => number = () => 20;
  dropped: (datagram: Datagram) => boolean = () => false;
  readonly sent: Datagram[] = [];
  /** By the address of the machine behind it. Private addresses are reached from behind the same NAT alone. */
  readonly nats = new Map<string, Translator>();
  #nextPort = 40_000;

  freePort(): number {
    return this.#nextPort++;
  }

  host(addresses: string[], seed = addresses.join()): SimulatedHost {
    const host = new SimulatedHost(this, addresses, seed);
    this.hosts.push(host);
    return host;
  }

  transmit(datagram: Datagram): void {
    const nat = this.nats.get(datagram.from);
    const there = this.nats.get(datagram.to);
    if (there && there !== nat) return;
    const outside = nat && !there ? nat.out(datagram) : datagram;
    this.sent.push(outside);
    if (this.dropped(outside)) return;
    this.clock.setTimer(() => this.#arrive(outside), this.delayMs(outside));
  }

  #arrive(datagram: Datagram): void {
    const nat = [...new Set(this.nats.values())].find(({ address }) => address === datagram.to);
    const inside = nat ? nat.in(datagram) : datagram;
    if (inside) this.deliver(inside);
  }

  /** Hands a datagram to whoever listens at its address now; its source may be invented. */
  deliver({ bytes, from, fromPort, to, toPort }: Datagram): void {
    const host = this.hosts.find(({ addresses }) => addresses.includes(to));
    for (const { port, onDatagram } of host?.sockets ?? []) {
      if (port === toPort) onDatagram(Buffer.from(bytes), from, fromPort);
    }
  }
}
