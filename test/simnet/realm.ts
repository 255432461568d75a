/** A network within which an address means one machine: the internet, a carrier's network, a home. */
import type { AddressFamily } from '../../src/main/engine/outside/index.ts';
import type { Packet } from './packet.ts';

/** What has an address: a machine, or the outer side of a router. */
export interface Attachment {
  receive(packet: Packet): void;
}

/** The way out of a realm. */
export interface Gateway {
  forward(packet: Packet): void;
  /** An address came into the realm, or left it: where it is not translated, the outside has to know the way. */
  announce(address: string): void;
  withdraw(address: string): void;
}

/** Prefixes that addresses of a realm are counted up behind. */
export interface AddressPlan {
  /** Two numbers, as in `192.168`: two more are counted. */
  readonly IPv4: string;
  /** As in `2001:db8:1`: one group is counted. */
  readonly IPv6?: string;
}

export class Realm {
  readonly #plan: AddressPlan;
  readonly #given: Record<AddressFamily, number>;
  gateway: Gateway | undefined;
  readonly #attached = new Map<string, Attachment>();

  /** @param given as many addresses are passed over */
  constructor(plan: AddressPlan, given = 0) {
    this.#plan = plan;
    this.#given = { IPv4: given, IPv6: given };
  }

  /** An address of the realm that nobody had yet. */
  nextAddress(family: AddressFamily): string {
    const number = ++this.#given[family];
    if (family === 'IPv4') return `${this.#plan.IPv4}.${number >> 8}.${number & 0xff}`;
    if (this.#plan.IPv6 === undefined) throw new Error('no IPv6 in this realm');
    return `${this.#plan.IPv6}::${number.toString(16)}`;
  }

  /** @throws Error when the address is taken: a mistake of the test */
  attach(address: string, attachment: Attachment): void {
    if (this.#attached.has(address)) throw new Error(`${address} is taken here`);
    this.#attached.set(address, attachment);
    this.gateway?.announce(address);
  }

  detach(address: string): void {
    if (this.#attached.delete(address)) this.gateway?.withdraw(address);
  }

  holds(address: string): boolean {
    return this.#attached.has(address);
  }

  /** To the machine that has the address here, or out; where neither is, the packet is gone, as in a real network. */
  route(packet: Packet): void {
    const there = this.#attached.get(packet.to);
    if (there) there.receive(packet);
    else this.gateway?.forward(packet);
  }
}
