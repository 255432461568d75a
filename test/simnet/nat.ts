/** A NAT in RFC 4787's words. Every mix of mapping, filtering, allocation and hairpinning. */
import type { Clock } from '../../src/main/engine/outside/index.ts';
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { NatDependence } from '../../src/shared/network.ts';
import { dependenceKey, Filter } from './filter.ts';
import type { Middlebox, Packet } from './packet.ts';
import { type Allocation, PortAllocator } from './port-allocation.ts';

export interface NatOptions {
  readonly mapping: NatDependence;
  readonly filtering: NatDependence;
  readonly allocation: Allocation;
  /** RFC 4787 §6, REQ-9: "external source address and port". */
  readonly hairpinning: boolean;
  /** A mapping that nothing uses lives so long, ms. RFC 4787 REQ-5 asks for two minutes; many do less. */
  readonly lifetimeMs: number;
  /** Nothing leaves but to this port. What goes there stands for a connection over TCP where UDP is blocked. */
  readonly onlyToPort?: number;
}

interface Mapping {
  readonly key: string;
  readonly insideAddress: string;
  readonly insidePort: number;
  readonly outsidePort: number;
  readonly filter: Filter;
  usedAtMs: number;
}

export class Nat implements Middlebox {
  readonly transparent = false;
  /** The address that it is seen at from outside. */
  address: string;
  readonly options: NatOptions;
  readonly #clock: Clock;
  readonly #allocator: PortAllocator;
  readonly #byInside = new Map<string, Mapping>();
  readonly #byOutsidePort = new Map<number, Mapping>();

  constructor(address: string, options: NatOptions, clock: Clock, random: SeededRandom) {
    this.address = address;
    this.options = options;
    this.#clock = clock;
    this.#allocator = new PortAllocator(options.allocation, random, clock.now());
  }

  outbound(packet: Packet): Packet | undefined {
    const nowMs = this.#clock.now();
    const { from, fromPort, to, toPort } = packet;
    const { onlyToPort = toPort } = this.options;
    if (toPort !== onlyToPort) return undefined;
    const key = `${from} ${fromPort} ${dependenceKey(this.options.mapping, to, toPort)}`;
    const mapping = this.#living(this.#byInside.get(key), nowMs) ?? this.#map(key, packet, nowMs);
    if (!mapping) return undefined;
    mapping.usedAtMs = nowMs;
    mapping.filter.wrote(to, toPort, nowMs);
    return { ...packet, from: this.address, fromPort: mapping.outsidePort };
  }

  /** What nobody asked for is dropped and leaves no trace: it must not take a port that a later mapping would get. */
  inbound(packet: Packet): Packet | undefined {
    const nowMs = this.#clock.now();
    const mapping = this.#living(this.#byOutsidePort.get(packet.toPort), nowMs);
    if (!mapping?.filter.letsIn(packet.from, packet.fromPort, nowMs)) return undefined;
    mapping.usedAtMs = nowMs;
    return { ...packet, to: mapping.insideAddress, toPort: mapping.insidePort };
  }

  forget(): void {
    this.#byInside.clear();
    this.#byOutsidePort.clear();
  }

  #map(key: string, { from, fromPort }: Packet, nowMs: number): Mapping | undefined {
    const outsidePort = this.#allocator.allocate(
      fromPort,
      nowMs,
      (port) => this.#living(this.#byOutsidePort.get(port), nowMs) !== undefined,
    );
    if (outsidePort === undefined) return undefined;
    const { filtering, lifetimeMs } = this.options;
    const mapping: Mapping = {
      key,
      insideAddress: from,
      insidePort: fromPort,
      outsidePort,
      filter: new Filter(filtering, lifetimeMs),
      usedAtMs: nowMs,
    };
    this.#byInside.set(key, mapping);
    this.#byOutsidePort.set(outsidePort, mapping);
    return mapping;
  }

  /** The mapping, unless it has outlived its use. */
  #living(mapping: Mapping | undefined, nowMs: number): Mapping | undefined {
    if (!mapping || nowMs - mapping.usedAtMs <= this.options.lifetimeMs) return mapping;
    this.#byInside.delete(mapping.key);
    this.#byOutsidePort.delete(mapping.outsidePort);
    return undefined;
  }
}
