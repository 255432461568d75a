/** The simulated internet: one clock, one seed, and everything that is connected. */
import type { LookupAddress } from 'node:dns';
import { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import type { FirewallOptions } from './firewall.ts';
import { Host, type TrafficWatch } from './host.ts';
import type { LinkQuality } from './link.ts';
import type { NatOptions } from './nat.ts';
import { familyOf } from './packet.ts';
import { type AddressPlan, Realm } from './realm.ts';
import { Router, type Treatment } from './router.ts';

/** RFC 2544's addresses for measurements, and RFC 3849's for documentation: nobody's. Sites have a prefix of IPv6 each. */
const INTERNET: AddressPlan = { IPv4: '198.18', IPv6: '2001:db8:0' };
/** Every home has the same, as in life. */
const HOME_IPV4 = '192.168';
/** Routers at home begin to count anywhere among so many, so that machines of two homes have the same address now and then. */
const HOME_ADDRESSES = 30;
/** RFC 6598, between a carrier's NAT and its customers. */
const CARRIER: AddressPlan = { IPv4: '100.64' };
/** A cable or Wi-Fi at home: what a packet needs to the router, ms. */
const LAN: LinkQuality = { delayMs: 0.2 };

/** What a site does to the packets of its machines. */
export interface SiteOptions {
  /** The NAT at home; without one every machine has a public address. */
  readonly nat?: NatOptions;
  /** Before public IPv4 addresses. */
  readonly firewall?: FirewallOptions;
  readonly udpBlocked?: boolean;
  /** Has IPv6, behind a firewall or open. */
  readonly IPv6?: FirewallOptions | 'open';
  /** The line to the internet, each way. */
  readonly up: LinkQuality;
  readonly down: LinkQuality;
  /** The carrier it is a customer of; the internet itself otherwise. */
  readonly carrier?: Realm;
}

/** Machines behind one router. */
export interface Site {
  readonly name: string;
  readonly realm: Realm;
  readonly router: Router;
  readonly hasIPv6: boolean;
}

export class SimulatedInternet {
  readonly clock = new SimulatedClock();
  readonly random: SeededRandom;
  readonly realm = new Realm(INTERNET);
  /** Told of every datagram; added to before hosts are made. */
  readonly watches: TrafficWatch[] = [];
  readonly #names = new Map<string, LookupAddress[]>();
  #sites = 0;

  constructor(seed: string) {
    this.random = new SeededRandom(seed);
  }

  /** A machine that is not connected yet. @param watches of its own, beside those of all */
  host(name: string, watches: readonly TrafficWatch[] = []): Host {
    return new Host({
      name,
      clock: this.clock,
      random: this.random.derive(name),
      watches: [this.watches, watches],
      lookup: async (asked) => {
        const found = this.#names.get(asked);
        if (!found) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${asked}`), { code: 'ENOTFOUND' });
        return found;
      },
    });
  }

  /** Names addresses, as the DNS does. */
  nameAddresses(name: string, addresses: readonly string[]): void {
    this.#names.set(
      name,
      addresses.map((address) => ({ address, family: familyOf(address) === 'IPv4' ? 4 : 6 })),
    );
  }

  /** A carrier's network behind its NAT (RFC 6598), for sites to be in. */
  carrier(nat: NatOptions, line: LinkQuality): Realm {
    const realm = new Realm(CARRIER);
    this.#router(
      'carrier',
      this.realm,
      realm,
      this.#natTreatment(this.realm, nat),
      { kind: 'open' },
      line,
      line,
    );
    return realm;
  }

  site(options: SiteOptions): Site {
    const number = ++this.#sites;
    const name = `site ${number}`;
    const outer = options.carrier ?? this.realm;
    const hasPublicIPv4 = !options.nat && !options.udpBlocked;
    const realm = new Realm(
      {
        IPv4: hasPublicIPv4 ? publicRange(number) : HOME_IPV4,
        IPv6: `2001:db8:${number.toString(16)}`,
      },
      this.random.derive(`${name} hosts`).integer(HOME_ADDRESSES),
    );
    const treatment: Treatment = options.udpBlocked
      ? { kind: 'blocked' }
      : options.nat
        ? this.#natTreatment(outer, options.nat)
        : options.firewall
          ? { kind: 'firewall', ...options.firewall }
          : { kind: 'open' };
    const overIPv6: Treatment =
      options.IPv6 === undefined
        ? { kind: 'blocked' }
        : options.IPv6 === 'open'
          ? { kind: 'open' }
          : { kind: 'firewall', ...options.IPv6 };
    const router = this.#router(name, outer, realm, treatment, overIPv6, options.up, options.down);
    return { name, realm, router, hasIPv6: options.IPv6 !== undefined };
  }

  /** Connects a machine to a site as its interface `name`. */
  connect(host: Host, site: Site, name = 'eth0', quality: LinkQuality = LAN): void {
    const addresses = [site.realm.nextAddress('IPv4')];
    if (site.hasIPv6) addresses.push(site.realm.nextAddress('IPv6'));
    host.join(name, site.realm, addresses, quality);
  }

  #natTreatment(outer: Realm, nat: NatOptions): Treatment {
    return { kind: 'nat', address: outer.nextAddress('IPv4'), ...nat };
  }

  #router(
    name: string,
    outer: Realm,
    inner: Realm,
    IPv4: Treatment,
    IPv6: Treatment,
    up: LinkQuality,
    down: LinkQuality,
  ): Router {
    return new Router({ outer, inner, IPv4, IPv6, up, down }, this.clock, this.random.derive(name));
  }
}

/** A site's own two first numbers, from 11.0 on: public, and apart from the internet's own plan. */
function publicRange(site: number): string {
  return `${11 + (site >> 8)}.${site & 0xff}`;
}
