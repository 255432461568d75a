/**
 * The tunnel's end on this machine: a UDP port on loopback that the renderer's RTCPeerConnection takes for the other side.
 *
 * It answers the media end's checks itself (`lite-agent.ts`) and carries everything else, unread. Chromium checks from every
 * interface it has, one each 50 ms. What checks first is answered, so that nothing waits; once a check has come from loopback
 * nothing else is answered any more: an interface may go in mid-call, which a media end on it takes 3 s to notice, and one that
 * hears nothing there moves to loopback within some seconds by itself. Datagrams must not be spread over several of its
 * sockets, so they go to the one that the media end's own come from; before there are any, to the one it nominated. Only who proved
 * by a check to be the media end is listened to. No STUN crosses the path: neither user's machine speaks ICE with the other's page.
 */
import type { Logger } from 'pino';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import type { DatagramLink } from '../path/types.ts';
import { LAST_STUN_BYTE, LOOPBACK_ADDRESS, MAX_EARLY_DATAGRAMS, MAX_LOCAL_SENDERS } from './constants.ts';
import { Copies } from './copies.ts';
import { isDtlsByte } from './dtls.ts';
import { LiteAgent } from './lite-agent.ts';
import { Repeats } from './repeats.ts';
import type { IceCredentials } from './sdp.ts';
import { WaitingFlight } from './waiting-flight.ts';
import { WaitingMedia } from './waiting-media.ts';

export interface TunnelCounters {
  /** Datagrams of the local media end that were meant for the path, and back. */
  fromLocal: number;
  toLocal: number;
  /** Checks of the media end that were answered. */
  checks: number;
  /** Datagrams from senders that are not the media end of this call. */
  strangers: number;
  /** Datagrams of the peer that came while no media end was there, beyond those that were kept, or that are STUN. */
  dropped: number;
}

export interface Tunnel {
  /** The loopback port that the media end is told. */
  readonly port: number;
  /** Whether the local media end has shown itself. */
  readonly bound: boolean;
  readonly counters: Readonly<TunnelCounters>;
  /** ICE credentials of the description that the media end is given: its checks are made with them. */
  expect(credentials: IceCredentials): void;
  /** Where datagrams go to and come from; null for nowhere. */
  attach(link: DatagramLink | null): void;
  /** The link leads somewhere now: what waited for it leaves. */
  linkOpened(): void;
  /** A datagram of the peer's handshake that came by another road than the link. Anything else is dropped. */
  hear(datagram: Buffer): void;
  /** Twice is fine. */
  close(): void;
}

/**
 * @param onFlight is told what the media end says of its handshake while the link leads nowhere: each message once
 * @throws Error when the system gives no loopback port
 */
export async function openTunnel(
  outside: Outside,
  logger: Logger,
  onFlight: (datagrams: readonly Buffer[]) => void = () => undefined,
): Promise<Tunnel> {
  const tunnel = new LoopbackTunnel(outside, logger, onFlight);
  await tunnel.open(outside);
  return tunnel;
}

interface Sender {
  readonly address: string;
  readonly port: number;
}

class LoopbackTunnel implements Tunnel {
  readonly counters: TunnelCounters = { fromLocal: 0, toLocal: 0, checks: 0, strangers: 0, dropped: 0 };
  readonly #logger: Logger;
  /** The media end has loopback, and is answered there alone. */
  #hasLoopback = false;
  #socket: DatagramSocket | undefined;
  #link: DatagramLink | null = null;
  #agent: LiteAgent | undefined;
  #expected = '';
  /** Who sent an authentic check. */
  #senders: Sender[] = [];
  /** Where the peer's datagrams go. */
  #local: Sender | undefined;
  /** DTLS or SRTP came from there: only DTLS or SRTP from elsewhere changes it. */
  #settled = false;
  #early: Buffer[] = [];
  readonly #waiting: WaitingFlight;
  readonly #waitingMedia: WaitingMedia;
  /** A path has carried: what finds none any more is late, and not kept. */
  #hasOpened = false;
  readonly #copies: Copies;
  readonly #repeats = new Repeats();

  constructor({ clock }: Outside, logger: Logger, onFlight: (datagrams: readonly Buffer[]) => void) {
    this.#logger = logger;
    this.#waiting = new WaitingFlight(clock, onFlight);
    this.#waitingMedia = new WaitingMedia(clock);
    this.#copies = new Copies(clock);
  }

  async open({ network }: Outside): Promise<void> {
    this.#socket = await network.bind(
      'IPv4',
      0,
      (datagram, address, port) => this.#fromLocal(datagram, address, port),
      (error) => this.#logger.warn({ err: error }, 'the loopback port of a call failed'),
      LOOPBACK_ADDRESS,
    );
  }

  get port(): number {
    return this.#socket?.port ?? 0;
  }

  get bound(): boolean {
    return this.#local !== undefined;
  }

  expect(credentials: IceCredentials): void {
    const expected = `${credentials.ufrag}:${credentials.pwd}`;
    if (expected === this.#expected) return;
    this.#expected = expected;
    this.#hasLoopback = false;
    this.#agent = new LiteAgent(credentials);
    this.#senders = [];
    this.#local = undefined;
    this.#settled = false;
  }

  attach(link: DatagramLink | null): void {
    if (this.#link) this.#link.onDatagram = null;
    this.#link = link;
    if (link) link.onDatagram = (datagram, offset, length) => this.#fromPeer(datagram, offset, length);
  }

  linkOpened(): void {
    this.#hasOpened = true;
    this.#copies.begin();
    for (const datagram of this.#waiting.take()) this.#send(datagram);
    for (const datagram of this.#waitingMedia.take()) this.#send(datagram);
  }

  hear(datagram: Buffer): void {
    if (isDtlsByte(datagram[0] ?? 0)) this.#fromPeer(datagram, 0, datagram.length);
    else this.counters.dropped++;
  }

  close(): void {
    this.attach(null);
    this.#socket?.close();
    this.#socket = undefined;
    this.#early = [];
    this.#waiting.close();
    this.#waitingMedia.clear();
    this.#copies.close();
  }

  #fromLocal(datagram: Buffer, address: string, port: number): void {
    if ((datagram[0] ?? 0) <= LAST_STUN_BYTE) {
      this.#checked(datagram, address, port);
      return;
    }
    if (port !== this.#local?.port || address !== this.#local.address) {
      const sender = this.#sender(address, port);
      if (!sender) {
        this.counters.strangers++;
        return;
      }
      this.#local = sender;
    }
    this.#settled = true;
    this.counters.fromLocal++;
    if (this.#send(datagram)) return;
    if (isDtlsByte(datagram[0] ?? 0)) this.#waiting.keep(datagram);
    else if (!this.#hasOpened) this.#waitingMedia.keep(datagram);
  }

  #send(datagram: Buffer): boolean {
    const link = this.#link;
    if (!link?.send(datagram)) return link === null;
    this.#copies.sent(datagram, link);
    return true;
  }

  #fromPeer(datagram: Buffer, offset: number, length: number): void {
    const first = datagram[offset] ?? 0;
    if (first <= LAST_STUN_BYTE) this.counters.dropped++;
    else if (isDtlsByte(first))
      this.#handshakeFromPeer(Buffer.from(datagram.subarray(offset, offset + length)));
    else this.#toLocal(datagram, offset, length);
  }

  #handshakeFromPeer(datagram: Buffer): void {
    if (!this.#repeats.has(datagram)) this.#toLocal(datagram, 0, datagram.length);
  }

  #toLocal(datagram: Buffer, offset: number, length: number): void {
    const local = this.#local;
    if (local) {
      if (isDtlsByte(datagram[offset] ?? 0)) this.#waiting.answered();
      this.counters.toLocal++;
      this.#socket?.send(datagram, offset, length, local.port, local.address);
    } else if (this.#early.length < MAX_EARLY_DATAGRAMS) {
      this.#early.push(Buffer.from(datagram.subarray(offset, offset + length)));
    } else {
      this.counters.dropped++;
    }
  }

  /** Some checks at first, then one every few seconds: not on the way of media. */
  #checked(datagram: Buffer, address: string, port: number): void {
    const check = this.#agent?.read(datagram, address, port);
    if (!check) {
      this.counters.strangers++;
      return;
    }
    this.counters.checks++;
    const isLoopback = address === LOOPBACK_ADDRESS;
    if (isLoopback) this.#hasLoopback = true;
    else if (this.#hasLoopback) return;
    this.#socket?.send(check.answer, 0, check.answer.length, port, address);
    const sender = this.#sender(address, port) ?? this.#remember({ address, port });
    if (this.#settled) return;
    const isBetter = isLoopback && this.#local?.address !== LOOPBACK_ADDRESS;
    if (!this.#local || check.nominates || isBetter) this.#local = sender;
    // After the answer, so that the media end has a way when they come.
    for (const early of this.#early.splice(0)) this.#toLocal(early, 0, early.length);
  }

  #sender(address: string, port: number): Sender | undefined {
    return this.#senders.find((sender) => sender.port === port && sender.address === address);
  }

  #remember(sender: Sender): Sender {
    if (this.#senders.length === MAX_LOCAL_SENDERS) this.#senders.shift();
    this.#senders.push(sender);
    return sender;
  }
}
