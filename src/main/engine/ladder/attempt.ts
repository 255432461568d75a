/**
 * Trying one carrier: over UDP, then over a WebSocket where UDP is not joined soon. Ends with one leg, or none. A leg over a WebSocket is made
 * anew when that breaks, or may stand on an address that is not ours any more: the carrier takes it for the same one.
 */
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import type { TransportAddress } from '../../../shared/words.ts';
import type { Leg, LegFailure } from '../carrier/leg.ts';
import type { LegRequest } from '../carrier/legs.ts';
import type { Outside, Timer } from '../outside/index.ts';
import { canonicalIp } from '../stun/ip.ts';
import { WEB_SOCKET_DELAY_MS } from './constants.ts';
import type { Invitation } from './offers.ts';

export interface AttemptOptions {
  readonly outside: Pick<Outside, 'clock' | 'network'>;
  readonly logger: Logger;
  readonly invitation: Invitation;
  /** The rendezvous server as we reach it; what a carrier calls "here" is there. */
  readonly serverUrl: URL;
  /** UDP reaches nobody from here. */
  readonly withoutUdp: boolean;
  /** Opens a leg; null where this machine cannot (no socket of the family, no channel left). */
  readonly openLeg: (request: LegRequest) => Leg | null;
  readonly onJoined: (leg: Leg) => void;
  /** Another leg stands in the place of this one, which is of no use any more. */
  readonly onReplaced: (old: Leg) => void;
  /** The leg that stood is about to go, or has gone. */
  readonly onLeaving: (leg: Leg) => void;
  /** No leg can be had here. */
  readonly onFailed: (failure: LegFailure, address: TransportAddress | undefined) => void;
}

export class Attempt {
  readonly invitation: Invitation;
  leg: Leg | undefined;
  /** The call travelled through it, and whether it has been reported how it did. */
  hasCarried = false;
  isReported = false;
  /** It is given up as soon as something else carries. */
  isUnwanted = false;
  /** When the leg stood, by `clock.now()`. */
  joinedAtMs = 0;
  readonly #options: AttemptOptions;
  readonly #trying = new Set<Leg>();
  /** Of the leg that stands; none over UDP. */
  #url: string | undefined;
  #webSocketTimer: Timer;
  #triedWebSocket = false;
  #closed = false;
  #lastFailure: LegFailure = 'no-answer';
  #lastAddress: TransportAddress | undefined;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.invitation = options.invitation;
    this.#run(this.#start());
  }

  /** Gives up what stands and what is tried. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.outside.clock.clearTimer(this.#webSocketTimer);
    for (const leg of this.#trying) leg.close();
    this.#trying.clear();
    this.leg?.close();
  }

  /** Our address may be another one now. Over UDP the leg shows it to the carrier; a WebSocket may hang on the old one for minutes. */
  renew(): void {
    const { leg } = this;
    if (this.#closed || !leg) return;
    if (this.#url === undefined) leg.rejoin();
    else if (this.#trying.size === 0) this.#try(leg.carrier, this.#url);
  }

  /** What was not foreseen ends this attempt, not the app. */
  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'a carrier could not be tried');
      if (this.#closed || this.leg) return;
      this.#triedWebSocket = true;
      this.#failIfOver();
    });
  }

  async #start(): Promise<void> {
    const { clock } = this.#options.outside;
    const hasUrl = this.invitation.urls.length > 0;
    if (!this.#options.withoutUdp) {
      if (hasUrl) {
        this.#webSocketTimer = clock.setTimer(() => this.#run(this.#tryWebSocket()), WEB_SOCKET_DELAY_MS);
      }
      for (const address of await this.#udpAddresses()) {
        if (this.#closed || this.leg) return;
        this.#try(address);
      }
      if (this.#trying.size > 0) return;
    }
    if (!this.leg) await this.#tryWebSocket();
  }

  async #tryWebSocket(): Promise<void> {
    const [url] = this.invitation.urls;
    if (this.#closed || this.leg || this.#triedWebSocket) return;
    this.#triedWebSocket = true;
    this.#options.outside.clock.clearTimer(this.#webSocketTimer);
    if (url !== undefined) {
      const full = webSocketUrl(url, this.#options.serverUrl);
      const port = full && (Number(full.port) || (full.protocol === 'wss:' ? 443 : 80));
      const [address] = full && port ? await this.#resolve(bare(full.hostname), port) : [];
      if (this.#closed || this.leg) return;
      if (full && address) this.#try(address, full.href);
    }
    this.#failIfOver();
  }

  #try(address: TransportAddress, url?: string): void {
    this.#lastAddress = address;
    const { kind, ticket, side, key } = this.invitation;
    const onState = (leg: Leg) => this.#changed(leg, url);
    const leg = this.#options.openLeg({ through: kind, ticket, side, key, address, url, onState });
    // It may have failed while it was made.
    if (leg && leg.state !== 'failed') this.#trying.add(leg);
  }

  #changed(leg: Leg, url: string | undefined): void {
    if (this.#closed) return;
    if (leg.state === 'joined') this.#joined(leg, url);
    else if (leg.state === 'leaving' && leg === this.leg) this.#options.onLeaving(leg);
    else if (leg.state === 'failed') {
      this.#lastFailure = leg.failure ?? 'no-answer';
      this.#trying.delete(leg);
      if (this.leg?.state === 'failed') this.#broke(this.leg, leg);
      else if (this.#trying.size === 0 && !this.#triedWebSocket && !this.leg) this.#run(this.#tryWebSocket());
      else this.#failIfOver();
    }
  }

  /** A WebSocket broke. It is made anew once; where that fails too, the carrier is gone. */
  #broke(leg: Leg, failed: Leg): void {
    if (failed === leg) this.renew();
    if (this.#trying.size === 0) this.#options.onLeaving(leg);
  }

  #joined(leg: Leg, url: string | undefined): void {
    const before = this.leg;
    if (before === leg) return;
    this.leg = leg;
    this.#url = url;
    this.joinedAtMs = this.#options.outside.clock.now();
    this.#trying.delete(leg);
    this.#options.outside.clock.clearTimer(this.#webSocketTimer);
    // The carrier keeps one leg a side: the others are dropped here without a word to it.
    for (const other of this.#trying) other.abandon();
    this.#trying.clear();
    if (before) this.#options.onReplaced(before);
    this.#options.onJoined(leg);
  }

  #failIfOver(): void {
    if (this.#closed || this.leg || this.#trying.size > 0 || !this.#triedWebSocket) return;
    this.#options.onFailed(this.#lastFailure, this.#lastAddress);
  }

  async #udpAddresses(): Promise<TransportAddress[]> {
    const { serverUrl } = this.#options;
    const serverHost = bare(serverUrl.hostname);
    const found = await Promise.all(
      this.invitation.addresses.map(({ host, port }) => this.#resolve(host || serverHost, port)),
    );
    return found.flat();
  }

  async #resolve(host: string, port: number): Promise<TransportAddress[]> {
    if (isIP(host)) {
      const address = canonicalIp(host);
      return address === null ? [] : [{ address, port }];
    }
    try {
      const found = await this.#options.outside.network.lookup(host);
      return found.flatMap(({ address }) => {
        const canonical = canonicalIp(address);
        return canonical === null ? [] : [{ address: canonical, port }];
      });
    } catch {
      return []; // The name leads nowhere: that is what the caller is told.
    }
  }
}

/** A carrier's WebSocket, which has to be where our server is: its certificate, and its secrecy, are the server's. */
function webSocketUrl(text: string, serverUrl: URL): URL | null {
  if (!URL.canParse(text, serverUrl.href)) return null;
  const url = new URL(text, serverUrl);
  // RFC 6455 §3: no fragment.
  url.hash = '';
  return url.origin === serverUrl.origin && url.protocol === serverUrl.protocol ? url : null;
}

/** A host as DNS and sockets take it: an IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Nodes first: a relay costs somebody money. */
export function byKind(a: Attempt, b: Attempt): number {
  return Number(a.invitation.kind === 'relay') - Number(b.invitation.kind === 'relay');
}
