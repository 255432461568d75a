/** A NAT for tests of paths, in RFC 4787's words: mapping, filtering, and how it chooses ports. */
import type { NatDependence, PortAllocation } from '../../../../shared/network.ts';
import type { TransportAddress } from '../../../../shared/words.ts';
import type { Datagram, Translator } from './world.ts';

export interface NatKind {
  readonly mapping: NatDependence;
  readonly filtering: NatDependence;
  readonly allocation: PortAllocation;
}

interface Entry {
  readonly inside: TransportAddress;
  readonly port: number;
  /** What was sent to, in the words of the filter. */
  readonly sentTo: Set<string>;
}

const EI = 'endpoint-independent';
const APD = 'address-and-port-dependent';

export const NAT_KINDS = {
  fullcone: { mapping: EI, filtering: EI, allocation: { kind: 'preserving' } },
  addr: { mapping: EI, filtering: 'address-dependent', allocation: { kind: 'preserving' } },
  port: { mapping: EI, filtering: APD, allocation: { kind: 'preserving' } },
  symseq: { mapping: APD, filtering: APD, allocation: { kind: 'sequential', stride: 1 } },
  sym: { mapping: APD, filtering: APD, allocation: { kind: 'random' } },
} as const satisfies Record<string, NatKind>;

export class SimulatedNat implements Translator {
  readonly kind: NatKind;
  readonly address: string;
  /** The port that a NAT in sequence gave last. */
  latestPort = 20_000;
  readonly #entries = new Map<string, Entry>();
  readonly #byPort = new Map<number, Entry>();
  readonly #chance: () => number;

  /** @param chance a number from 0 up to 1, from the seed of the test */
  constructor(address: string, kind: NatKind, chance: () => number) {
    this.address = address;
    this.kind = kind;
    this.#chance = chance;
  }

  get mappings(): number {
    return this.#entries.size;
  }

  out(datagram: Datagram): Datagram {
    const { from, fromPort, to, toPort } = datagram;
    const key = `${from}:${fromPort}>${scope(this.kind.mapping, to, toPort)}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      entry = {
        inside: { address: from, port: fromPort },
        port: this.choosePort(fromPort),
        sentTo: new Set(),
      };
      this.#entries.set(key, entry);
      this.#byPort.set(entry.port, entry);
    }
    entry.sentTo.add(scope(this.kind.filtering, to, toPort));
    return { ...datagram, from: this.address, fromPort: entry.port };
  }

  in(datagram: Datagram): Datagram | undefined {
    const entry = this.#byPort.get(datagram.toPort);
    if (!entry?.sentTo.has(scope(this.kind.filtering, datagram.from, datagram.fromPort))) return undefined;
    return { ...datagram, to: entry.inside.address, toPort: entry.inside.port };
  }

  /** What a new mapping gets; others behind the same NAT take theirs by it. */
  choosePort(wanted: number): number {
    const { allocation } = this.kind;
    if (allocation.kind === 'random') return 1_024 + Math.floor(this.#chance() * 64_512);
    if (allocation.kind === 'preserving') return wanted;
    const offset = (this.latestPort - 1_024 + allocation.stride + 64_512) % 64_512;
    this.latestPort = 1_024 + offset;
    return this.latestPort;
  }
}

function scope(dependence: NatDependence, address: string, port: number): string {
  if (dependence === 'endpoint-independent') return '*';
  return dependence === 'address-dependent' ? address : `${address}:${port}`;
}
