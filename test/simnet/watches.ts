/** What is watched on the simulated internet: that nobody is flooded, and that a run is the same as another. */
import { createHash } from 'node:crypto';
import type { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import type { Host, TrafficWatch } from './host.ts';
import type { Packet } from './packet.ts';

/** Counts what machines send to transport addresses that have never sent anything to them. */
export class UnprovedWatch implements TrafficWatch {
  readonly #hosts = new Map<Host, { proved: Set<string>; unproved: Map<string, number> }>();

  sent(host: Host, { to, toPort }: Packet): void {
    const { proved, unproved } = this.#of(host);
    const end = `${to} ${toPort}`;
    if (!proved.has(end)) unproved.set(end, (unproved.get(end) ?? 0) + 1);
  }

  delivered(host: Host, { from, fromPort }: Packet): void {
    const { proved, unproved } = this.#of(host);
    const end = `${from} ${fromPort}`;
    proved.add(end);
    unproved.delete(end);
  }

  /** Most datagrams from one machine to one transport address that never sent anything back. */
  mostToOneAddress(host: Host): number {
    return Math.max(0, ...this.#of(host).unproved.values());
  }

  /** Datagrams from one machine to all such addresses. */
  toAllAddresses(host: Host): number {
    return [...this.#of(host).unproved.values()].reduce((sum, count) => sum + count, 0);
  }

  #of(host: Host) {
    const known = this.#hosts.get(host);
    if (known) return known;
    const made = { proved: new Set<string>(), unproved: new Map<string, number>() };
    this.#hosts.set(host, made);
    return made;
  }
}

/** Counts each machine's datagrams by the second of the clock. */
export class RateWatch implements TrafficWatch {
  readonly #clock: SimulatedClock;
  readonly #hosts = new Map<Host, { second: number; count: number; most: number }>();

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  sent(host: Host): void {
    const second = Math.floor(this.#clock.now() / 1_000);
    const rate = this.#hosts.get(host);
    if (!rate) {
      this.#hosts.set(host, { second, count: 1, most: 1 });
      return;
    }
    rate.count = rate.second === second ? rate.count + 1 : 1;
    rate.second = second;
    rate.most = Math.max(rate.most, rate.count);
  }

  delivered(): void {
    // What comes in is the other side's doing.
  }

  /** Most datagrams of a machine in one second. */
  mostInOneSecond(host: Host): number {
    return this.#hosts.get(host)?.most ?? 0;
  }
}

/** A digest of all traffic with its times: two runs are the same when theirs are. */
export class TrafficDigest implements TrafficWatch {
  readonly #clock: SimulatedClock;
  readonly #hash = createHash('sha256');
  datagrams = 0;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  sent(host: Host, packet: Packet): void {
    this.#add('sent', host, packet);
  }

  delivered(host: Host, packet: Packet): void {
    this.#add('delivered', host, packet);
  }

  /** Hexadecimal. Nothing may be added afterwards. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  #add(what: string, host: Host, { from, fromPort, to, toPort, bytes }: Packet): void {
    this.datagrams++;
    this.#hash.update(`${this.#clock.now()} ${what} ${host.name} ${from} ${fromPort} ${to} ${toPort} `);
    this.#hash.update(bytes);
  }
}
