/**
 * A small world for tests of paths: a clock that moves when it is told to, and a network in memory that delivers after a delay, drops what
 * it is told to, and keeps what went through it. Deterministic for a seed.
 */
import { createHash } from 'node:crypto';
import type {
  AddressFamily,
  Clock,
  DatagramHandler,
  DatagramSocket,
  HostAddress,
  Outside,
  Random,
} from '../../outside/index.ts';

interface SteppedTimer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time stands still until `run`. */
export class SteppedClock implements Clock {
  #nowMs = 1_000;
  #timers: SteppedTimer[] = [];
  #order = 0;

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return 1_800_000_000_000 + this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): object {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.push(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    const index = this.#timers.indexOf(timer as SteppedTimer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Moves time on by so much, and does on the way what falls due; promises in between get their turn. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
      let next: SteppedTimer | undefined;
      for (const timer of this.#timers) {
        if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
          next = timer;
        }
      }
      if (!next || next.atMs > endMs) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }

  /** Runs until the condition holds; throws when it does not within the limit. */
  async until(condition: () => boolean, limitMs = 10_000): Promise<void> {
    for (let passed = 0; passed < limitMs; passed += 5) {
      if (condition()) return;
      await this.run(5);
    }
    if (!condition()) throw new Error(`still not after ${limitMs} ms: ${condition}`);
  }
}

export function seededRandom(seed: string): Random {
  let count = 0;
  return {
    bytes(length) {
      const parts: Buffer[] = [];
      for (let have = 0; have < length; have += 32) {
        parts.push(createHash('sha256').update(`${seed} ${count++}`).digest());
      }
      return Buffer.concat(parts).subarray(0, length);
    },
  };
}

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

/** One machine: its addresses, and the one it sends from. */
export class SimulatedHost {
  addresses: string[];
  readonly outside: Outside;
  readonly sockets = new Set<Bound>();

  constructor(world: SimulatedWorld, addresses: string[], seed: string) {
    this.addresses = addresses;
    this.outside = {
      clock: world.clock,
      random: seededRandom(seed),
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
  readonly clock = new SteppedClock();
  readonly hosts: SimulatedHost[] = [];
  /** One way, ms; may be a function of the datagram. */
  delayMs: (datagram: Datagram) => number = () => 20;
  dropped: (datagram: Datagram) => boolean = () => false;
  readonly sent: Datagram[] = [];
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
    this.sent.push(datagram);
    if (this.dropped(datagram)) return;
    this.clock.setTimer(() => this.deliver(datagram), this.delayMs(datagram));
  }

  /** Hands a datagram to whoever listens at its address now; its source may be invented. */
  deliver({ bytes, from, fromPort, to, toPort }: Datagram): void {
    const host = this.hosts.find(({ addresses }) => addresses.includes(to));
    for (const { port, onDatagram } of host?.sockets ?? []) {
      if (port === toPort) onDatagram(Buffer.from(bytes), from, fromPort);
    }
  }
}
