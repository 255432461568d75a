/** A router between two realms: what it does to packets of each family, and the line it is connected with. */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import { Firewall, type FirewallOptions, OPEN, UDP_BLOCKED } from './firewall.ts';
import { Link, type LinkQuality } from './link.ts';
import { Nat, type NatOptions } from './nat.ts';
import { familyOf, type Middlebox, type Packet } from './packet.ts';
import type { Attachment, Gateway, Realm } from './realm.ts';

/** What is done to the packets of one family. */
export type Treatment =
  | ({ readonly kind: 'nat'; readonly address: string } & NatOptions)
  | ({ readonly kind: 'firewall' } & FirewallOptions)
  | { readonly kind: 'open' }
  /** UDP goes nowhere, or the router does not speak the family. */
  | { readonly kind: 'blocked' };

export interface RouterOptions {
  readonly outer: Realm;
  readonly inner: Realm;
  readonly IPv4: Treatment;
  readonly IPv6: Treatment;
  readonly up: LinkQuality;
  readonly down: LinkQuality;
}

export class Router implements Attachment, Gateway {
  readonly up: Link;
  readonly down: Link;
  readonly #outer: Realm;
  readonly #inner: Realm;
  readonly #boxes: { readonly IPv4: Middlebox; readonly IPv6: Middlebox };

  constructor(options: RouterOptions, clock: SimulatedClock, random: SeededRandom) {
    this.#outer = options.outer;
    this.#inner = options.inner;
    this.up = new Link(clock, random.derive('up'), options.up);
    this.down = new Link(clock, random.derive('down'), options.down);
    this.#boxes = {
      IPv4: makeBox(options.IPv4, clock, random.derive('IPv4')),
      IPv6: makeBox(options.IPv6, clock, random.derive('IPv6')),
    };
    for (const treatment of [options.IPv4, options.IPv6]) {
      if ('address' in treatment) this.#outer.attach(treatment.address, this);
    }
    this.#inner.gateway = this;
  }

  /** Where its machines are seen over IPv4, when it translates. */
  get publicIPv4(): string | undefined {
    const box = this.#boxes.IPv4;
    return box instanceof Nat ? box.address : undefined;
  }

  /** From the inside. */
  forward(packet: Packet): void {
    const box = this.#boxes[familyOf(packet.to)];
    if (packet.hopsLeft === 0) return;
    if (box instanceof Nat && packet.to === box.address) {
      this.#hairpin(box, packet);
      return;
    }
    const out = box.outbound(packet);
    if (out) this.up.carry(out.bytes.length, () => this.#outer.route({ ...out, hopsLeft: out.hopsLeft - 1 }));
  }

  /** From the outside. */
  receive(packet: Packet): void {
    if (packet.hopsLeft === 0) return;
    this.down.carry(packet.bytes.length, () => {
      const inside = this.#boxes[familyOf(packet.to)].inbound(packet);
      if (inside && this.#inner.holds(inside.to)) {
        this.#inner.route({ ...inside, hopsLeft: inside.hopsLeft - 1 });
      }
    });
  }

  announce(address: string): void {
    if (this.#boxes[familyOf(address)].transparent) this.#outer.attach(address, this);
  }

  withdraw(address: string): void {
    if (this.#boxes[familyOf(address)].transparent) this.#outer.detach(address);
  }

  setUp(up: boolean): void {
    this.up.up = up;
    this.down.up = up;
  }

  /** Forgets every mapping and every door that stood open, as when its power was cut. */
  restart(): void {
    this.#boxes.IPv4.forget();
    this.#boxes.IPv6.forget();
  }

  /** The provider gives it another public IPv4 address, and it forgets its mappings with the old one. */
  renumber(): void {
    const box = this.#boxes.IPv4;
    if (!(box instanceof Nat)) return;
    this.#outer.detach(box.address);
    box.address = this.#outer.nextAddress('IPv4');
    box.forget();
    this.#outer.attach(box.address, this);
  }

  #hairpin(nat: Nat, packet: Packet): void {
    if (!nat.options.hairpinning) return;
    const out = nat.outbound(packet);
    const back = out && nat.inbound(out);
    if (back) this.#inner.route({ ...back, hopsLeft: back.hopsLeft - 1 });
  }
}

function makeBox(treatment: Treatment, clock: SimulatedClock, random: SeededRandom): Middlebox {
  switch (treatment.kind) {
    case 'nat':
      return new Nat(treatment.address, treatment, clock, random);
    case 'firewall':
      return new Firewall(treatment, clock);
    case 'open':
      return OPEN;
    case 'blocked':
      return UDP_BLOCKED;
  }
}
