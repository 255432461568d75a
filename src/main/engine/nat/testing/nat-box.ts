/** A NAT in memory, one behaviour of RFC 4787 each: enough to try what finds them out. */
import type { NatDependence, PortAllocation } from '../../../../shared/network.ts';
import type { Clock } from '../../outside/index.ts';
import type { SeededRandom } from '../../outside/testing/seeded-random.ts';
import type { Datagram } from '../../path/testing/world.ts';

export interface NatBoxOptions {
  readonly publicAddress: string;
  readonly mapping?: NatDependence;
  readonly filtering?: NatDependence;
  readonly allocation?: PortAllocation;
  readonly hairpinning?: boolean;
  /** What an unused mapping lives, ms. */
  readonly lifetimeMs?: number;
  /** Mappings that others behind it make before each of ours. */
  readonly others?: () => number;
}

interface Mapping {
  readonly key: string;
  readonly inside: { readonly address: string; readonly port: number };
  readonly port: number;
  readonly peers: Set<string>;
  usedAtMs: number;
}

const FIRST_PORT = 20_000;
const PORTS = 40_000;

export class NatBox {
  readonly #options: Required<NatBoxOptions>;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  #mappings: Mapping[] = [];
  #next = FIRST_PORT;

  constructor(options: NatBoxOptions, clock: Clock, random: SeededRandom) {
    this.#options = {
      mapping: 'endpoint-independent',
      filtering: 'endpoint-independent',
      allocation: { kind: 'preserving' },
      hairpinning: false,
      lifetimeMs: 120_000,
      others: () => 0,
      ...options,
    };
    this.#clock = clock;
    this.#random = random;
  }

  get publicAddress(): string {
    return this.#options.publicAddress;
  }

  get hairpins(): boolean {
    return this.#options.hairpinning;
  }

  /** From inside to outside. */
  outward(datagram: Datagram): Datagram {
    const { from, fromPort, to, toPort } = datagram;
    const key = keyOf(this.#options.mapping, `${from} ${fromPort}`, to, toPort);
    let mapping = this.#living().find((known) => known.key === key);
    if (!mapping) {
      const port = this.#choosePort(fromPort);
      const inside = { address: from, port: fromPort };
      mapping = { key, inside, port, peers: new Set(), usedAtMs: 0 };
      this.#mappings.push(mapping);
    }
    mapping.usedAtMs = this.#clock.now();
    mapping.peers.add(keyOf(this.#options.filtering, '', to, toPort));
    return { ...datagram, from: this.publicAddress, fromPort: mapping.port };
  }

  /** From outside to inside; null when the filter keeps it out. */
  inward(datagram: Datagram): Datagram | null {
    const { from, fromPort, toPort } = datagram;
    const peer = keyOf(this.#options.filtering, '', from, fromPort);
    const mapping = this.#living().find(({ port, peers }) => port === toPort && peers.has(peer));
    return mapping ? { ...datagram, to: mapping.inside.address, toPort: mapping.inside.port } : null;
  }

  #living(): readonly Mapping[] {
    const sinceMs = this.#clock.now() - this.#options.lifetimeMs;
    this.#mappings = this.#mappings.filter(({ usedAtMs }) => usedAtMs > sinceMs);
    return this.#mappings;
  }

  #choosePort(wanted: number): number {
    const { allocation, others } = this.#options;
    if (allocation.kind === 'preserving') return wanted;
    if (allocation.kind === 'random') return FIRST_PORT + this.#random.integer(PORTS);
    const steps = others() + 1;
    this.#next = FIRST_PORT + ((this.#next - FIRST_PORT + steps * allocation.stride + PORTS) % PORTS);
    return this.#next;
  }
}

function keyOf(dependence: NatDependence, prefix: string, address: string, port: number): string {
  if (dependence === 'endpoint-independent') return prefix;
  return dependence === 'address-dependent' ? `${prefix} ${address}` : `${prefix} ${address} ${port}`;
}
