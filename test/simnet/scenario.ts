/** A story of two machines that call each other over whatever network, whatever happens to it; and how it ends. */
import type { PathSession } from '../../src/main/engine/path/index.ts';
import { type Peer, placeCall, type SimulatedCall, startPeer } from './call.ts';
import type { SignallingQuality } from './envelopes.ts';
import type { Host, TrafficWatch } from './host.ts';
import { SimulatedInternet, type Site, type SiteOptions } from './internet.ts';
import type { LinkQuality } from './link.ts';
import type { NatOptions } from './nat.ts';
import type { Packet } from './packet.ts';
import { startStunServer } from './stun-server.ts';
import { RateWatch, TrafficDigest, UnprovedWatch } from './watches.ts';

/** Where a machine is. With a carrier's NAT before it, the site is behind two. */
export interface Place extends Omit<SiteOptions, 'carrier'> {
  readonly carrierNat?: NatOptions;
}

export type Side = 'caller' | 'callee';

export type Happening = { readonly atMs: number; readonly side: Side } & (
  | { readonly kind: 'router-restarts' | 'provider-gives-another-address' | 'moves' }
  | { readonly kind: 'line-is-down' | 'interface-is-down'; readonly forMs: number }
  | { readonly kind: 'line-is-bad'; readonly forMs: number; readonly quality: Partial<LinkQuality> }
);

export interface Scenario {
  readonly seed: string;
  readonly caller: Place;
  /** `beside`: in the same site as the caller. */
  readonly callee: Place | 'beside';
  /** Where a machine that moves goes: each has such a place of its own. */
  readonly elsewhere: Place;
  readonly signalling: SignallingQuality;
  readonly happenings: readonly Happening[];
}

export interface End {
  readonly state: ReturnType<PathSession['report']>['state'];
  /** Where it sends, `address port`. */
  readonly sendsTo: string | undefined;
  /** Where its last frames came from. */
  readonly hears: string | undefined;
  readonly mostToOneUnproved: number;
  readonly toAllUnproved: number;
  readonly mostInOneSecond: number;
  readonly openedMs: number | undefined;
}

export interface Ending {
  readonly caller: End;
  readonly callee: End;
  /** Of every datagram with its time. */
  readonly digest: string;
  readonly datagrams: number;
  /** When everything was closed and nothing is under way any more. */
  readonly timersLeft: number;
  readonly socketsLeft: number;
}

/** Both have run for a while when the call is placed, ms: the idle app. */
const WARM_UP_MS = 3_000;
/** What is left to settle when nothing happens any more: longer than consent lasts (RFC 7675), ms. */
const SETTLING_MS = 45_000;
/** Both talk so often, ms. Less than half of what counts as silence; real media is denser, which costs time here. */
const TALK_EVERY_MS = 150;
/** What is under way after everything was closed is gone by then, ms. */
const LAST_PACKETS_MS = 5_000;

class Story {
  readonly internet: SimulatedInternet;
  readonly unproved = new UnprovedWatch();
  readonly rate: RateWatch;
  readonly digest: TrafficDigest;
  readonly hears = new Map<Host, string>();
  readonly #scenario: Scenario;
  readonly #sites = new Map<Host, Site>();
  readonly #goodQuality = new Map<object, LinkQuality>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.internet = new SimulatedInternet(scenario.seed);
    this.rate = new RateWatch(this.internet.clock);
    this.digest = new TrafficDigest(this.internet.clock);
    this.internet.watches.push(this.unproved, this.rate, this.digest, framesWatch(this.hears));
  }

  async play(): Promise<Ending> {
    const { clock } = this.internet;
    const { caller, callee, signalling, happenings } = this.#scenario;
    const servers = [
      await startStunServer(this.internet, 'stun1.example', { delayMs: 3 }),
      await startStunServer(this.internet, 'stun2.example', { delayMs: 8 }),
    ].map(({ address }) => address);
    const callerSite = this.#site(caller);
    const calleeSite = callee === 'beside' ? callerSite : this.#site(callee);
    const peers = {
      caller: await this.#peer('caller', callerSite, servers),
      callee: await this.#peer('callee', calleeSite, servers),
    };
    await clock.run(WARM_UP_MS);
    const call = placeCall(this.internet, peers.caller, peers.callee, signalling);
    for (const happening of happenings) {
      clock.setTimer(() => this.#happen(happening, peers[happening.side].host), happening.atMs);
    }
    const lastMs = Math.max(0, ...happenings.map((each) => each.atMs + ('forMs' in each ? each.forMs : 0)));
    await this.#talk(call, lastMs + SETTLING_MS);
    const ends = { caller: this.#end('caller', call, peers), callee: this.#end('callee', call, peers) };
    call.close();
    await Promise.all([peers.caller.paths.close(), peers.callee.paths.close()]);
    await clock.run(LAST_PACKETS_MS);
    return {
      ...ends,
      datagrams: this.digest.datagrams,
      digest: this.digest.digest(),
      timersLeft: clock.pendingTimers,
      socketsLeft: peers.caller.host.openSockets + peers.callee.host.openSockets,
    };
  }

  #site({ carrierNat, ...options }: Place): Site {
    return this.internet.site({
      ...options,
      carrier: carrierNat && this.internet.carrier(carrierNat, { delayMs: 1 }),
    });
  }

  async #peer(side: Side, site: Site, servers: { host: string; port: number }[]): Promise<Peer> {
    const host = this.internet.host(side);
    this.internet.connect(host, site);
    this.#sites.set(host, site);
    return startPeer(host, servers);
  }

  async #talk(call: SimulatedCall, durationMs: number): Promise<void> {
    const frame = Buffer.from('speech');
    for (let passedMs = 0; passedMs < durationMs; passedMs += TALK_EVERY_MS) {
      call.caller.media.send(frame);
      call.callee?.media.send(frame);
      await this.internet.clock.run(TALK_EVERY_MS);
    }
  }

  #happen(happening: Happening, host: Host): void {
    const { clock } = this.internet;
    const site = this.#sites.get(host);
    if (!site) throw new Error('a machine without a site');
    const { router } = site;
    switch (happening.kind) {
      case 'router-restarts':
        router.restart();
        return;
      case 'provider-gives-another-address':
        router.renumber();
        return;
      case 'moves':
        host.leave('eth0');
        this.#connectTo(host, this.#site(this.#scenario.elsewhere));
        return;
      case 'line-is-down':
        router.setUp(false);
        clock.setTimer(() => router.setUp(true), happening.forMs);
        return;
      case 'interface-is-down':
        host.leave('eth0');
        clock.setTimer(() => {
          if (this.#sites.get(host) === site) this.#connectTo(host, site);
        }, happening.forMs);
        return;
      case 'line-is-bad': {
        // Where it is bad twice at once, what was good is what comes back.
        const good = this.#goodQuality.get(router) ?? router.down.quality;
        this.#goodQuality.set(router, good);
        router.down.quality = { ...good, ...happening.quality };
        clock.setTimer(() => {
          router.down.quality = good;
        }, happening.forMs);
      }
    }
  }

  #connectTo(host: Host, site: Site): void {
    host.leave('eth0');
    this.internet.connect(host, site);
    this.#sites.set(host, site);
  }

  #end(side: Side, call: SimulatedCall, peers: Record<Side, Peer>): End {
    const { host } = peers[side];
    const report = call[side]?.report();
    const remote = report?.active?.remote;
    return {
      state: report?.state ?? 'idle',
      sendsTo: remote && `${remote.address} ${remote.port}`,
      hears: this.hears.get(host),
      mostToOneUnproved: this.unproved.mostToOneAddress(host),
      toAllUnproved: this.unproved.toAllAddresses(host),
      mostInOneSecond: this.rate.mostInOneSecond(host),
      openedMs: call.openedMs[side],
    };
  }
}

export function play(scenario: Scenario): Promise<Ending> {
  return new Story(scenario).play();
}

/** Notes where each machine's last frame came from (RFC 7983: first bytes 64 to 79). */
function framesWatch(hears: Map<Host, string>): TrafficWatch {
  return {
    sent: () => undefined,
    delivered(host: Host, { bytes, from, fromPort }: Packet) {
      const [first = 0] = bytes;
      if (first >= 64 && first <= 79) hears.set(host, `${from} ${fromPort}`);
    },
  };
}
