/** A world of hosts behind NATs and STUN servers, on a clock that tests drive. */
import type { TransportAddress } from '../../../../shared/words.ts';
import { SeededRandom } from '../../outside/testing/seeded-random.ts';
import { type Datagram, SimulatedWorld } from '../../path/testing/world.ts';
import { NatBox, type NatBoxOptions } from './nat-box.ts';
import { StunSite, type StunSiteOptions } from './stun-site.ts';

export class NatWorld extends SimulatedWorld {
  readonly #random = new SeededRandom('nat world');
  readonly #boxes: NatBox[] = [];
  /** By the address of the host behind it. */
  readonly #boxOf = new Map<string, NatBox>();
  readonly #sites: StunSite[] = [];
  /** Share of datagrams that are lost each way. */
  lossShare = 0;

  /** Puts the host with the address behind a NAT of its own. */
  natBefore(inside: string, options: NatBoxOptions): NatBox {
    const box = new NatBox(options, this.clock, this.#random);
    this.#boxes.push(box);
    this.#boxOf.set(inside, box);
    return box;
  }

  site(options: StunSiteOptions): StunSite {
    const site = new StunSite(options);
    this.#sites.push(site);
    return site;
  }

  /** What was sent to an IP address, as it left the host. */
  sentTo(address: string): Datagram[] {
    return this.sent.filter(({ to }) => to === address);
  }

  override transmit(datagram: Datagram): void {
    this.sent.push(datagram);
    if (this.dropped(datagram) || this.#random.fraction() < this.lossShare) return;
    const box = this.#boxOf.get(datagram.from);
    const outside = box ? box.outward(datagram) : datagram;
    if (box && box.publicAddress === datagram.to) {
      if (!box.hairpins) return;
    }
    this.clock.setTimer(() => this.#arrive(outside), this.delayMs(datagram));
  }

  #arrive(datagram: Datagram): void {
    const at: TransportAddress = { address: datagram.to, port: datagram.toPort };
    const site = this.#sites.find((known) => known.listensAt(at));
    if (site) {
      const answer = site.answer(datagram);
      if (answer) this.#sendAnswer(answer);
      return;
    }
    const box = this.#boxes.find(({ publicAddress }) => publicAddress === datagram.to);
    if (!box) {
      this.deliver(datagram);
      return;
    }
    const inside = box.inward(datagram);
    if (inside) this.deliver(inside);
  }

  #sendAnswer(answer: Datagram): void {
    if (this.#random.fraction() < this.lossShare) return;
    this.clock.setTimer(() => this.#arrive(answer), this.delayMs(answer));
  }
}
