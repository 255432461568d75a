/** A stateful firewall without translation: as before every IPv6 site, and before offices with public IPv4 addresses. */
import type { Clock } from '../../src/main/engine/outside/index.ts';
import type { NatDependence } from '../../src/shared/network.ts';
import { Filter } from './filter.ts';
import type { Middlebox, Packet } from './packet.ts';

export interface FirewallOptions {
  readonly filtering: NatDependence;
  /** RFC 6092 REC-14: two minutes at the least. */
  readonly lifetimeMs: number;
}

export class Firewall implements Middlebox {
  readonly transparent = true;
  readonly #options: FirewallOptions;
  readonly #clock: Clock;
  /** By the inside socket. */
  readonly #filters = new Map<string, Filter>();

  constructor(options: FirewallOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  outbound(packet: Packet): Packet {
    const key = `${packet.from} ${packet.fromPort}`;
    let filter = this.#filters.get(key);
    if (!filter) {
      filter = new Filter(this.#options.filtering, this.#options.lifetimeMs);
      this.#filters.set(key, filter);
    }
    filter.wrote(packet.to, packet.toPort, this.#clock.now());
    return packet;
  }

  inbound(packet: Packet): Packet | undefined {
    const filter = this.#filters.get(`${packet.to} ${packet.toPort}`);
    return filter?.letsIn(packet.from, packet.fromPort, this.#clock.now()) ? packet : undefined;
  }

  forget(): void {
    this.#filters.clear();
  }
}

/** Lets everything through, either way. */
export const OPEN: Middlebox = {
  transparent: true,
  outbound: (packet) => packet,
  inbound: (packet) => packet,
  forget: () => undefined,
};

/** Lets no UDP through, either way. */
export const UDP_BLOCKED: Middlebox = {
  transparent: false,
  outbound: () => undefined,
  inbound: () => undefined,
  forget: () => undefined,
};
