/**
 * The tunnel's end on this machine: a UDP port on loopback that the renderer's RTCPeerConnection takes for the other side.
 *
 * Chromium checks from every interface it has, and answers must not be spread over several of its sockets, so the tunnel
 * listens to one local sender only: one whose check names this call's media ends (RFC 8445 §7.2.2), from 127.0.0.1 where
 * there is one. Whatever else arrives at the port is dropped.
 */
import type { Logger } from 'pino';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import type { DatagramLink } from '../path/types.ts';
import { decodeStun } from '../stun/message.ts';
import { LOOPBACK_ADDRESS, MAX_EARLY_DATAGRAMS } from './constants.ts';

export interface TunnelCounters {
  /** Datagrams of the local media end that went to the path, and back. */
  fromLocal: number;
  toLocal: number;
  /** Datagrams from senders that are not the media end of this call. */
  strangers: number;
  /** Datagrams of the peer that came while no media end was there, beyond those that were kept. */
  dropped: number;
}

export interface Tunnel {
  /** The loopback port that the media end is told. */
  readonly port: number;
  /** Whether the local media end has shown itself. */
  readonly bound: boolean;
  readonly counters: Readonly<TunnelCounters>;
  /** The USERNAME of the local media end's checks, "their ufrag:its own". Only a sender of such checks is listened to. */
  expect(username: string): void;
  /** Where datagrams go to and come from; null for nowhere. */
  attach(link: DatagramLink | null): void;
  /** Twice is fine. */
  close(): void;
}

/** @throws Error when the system gives no loopback port */
export async function openTunnel(outside: Outside, logger: Logger): Promise<Tunnel> {
  const tunnel = new LoopbackTunnel(logger);
  await tunnel.open(outside);
  return tunnel;
}

class LoopbackTunnel implements Tunnel {
  readonly counters: TunnelCounters = { fromLocal: 0, toLocal: 0, strangers: 0, dropped: 0 };
  readonly #logger: Logger;
  #socket: DatagramSocket | undefined;
  #link: DatagramLink | null = null;
  #username: string | undefined;
  #localAddress = '';
  /** 0 while no media end has shown itself. */
  #localPort = 0;
  /** DTLS or SRTP flowed from the local sender: it is not exchanged any more. */
  #settled = false;
  #early: Buffer[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
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
    return this.#localPort !== 0;
  }

  expect(username: string): void {
    if (username === this.#username) return;
    this.#username = username;
    this.#localPort = 0;
    this.#settled = false;
  }

  attach(link: DatagramLink | null): void {
    if (this.#link) this.#link.onDatagram = null;
    this.#link = link;
    if (link) link.onDatagram = (datagram, offset, length) => this.#toLocal(datagram, offset, length);
  }

  close(): void {
    this.attach(null);
    this.#socket?.close();
    this.#socket = undefined;
    this.#early = [];
  }

  #fromLocal(datagram: Buffer, address: string, port: number): void {
    if (port === this.#localPort && address === this.#localAddress) {
      // RFC 7983: 0-3 is STUN, whatever else comes is DTLS or SRTP.
      if (!this.#settled && (datagram[0] ?? 0) > 3) this.#settled = true;
    } else if (!this.#isNewLocal(datagram, address, port)) {
      this.counters.strangers++;
      return;
    }
    this.counters.fromLocal++;
    this.#link?.send(datagram);
  }

  #toLocal(datagram: Buffer, offset: number, length: number): void {
    if (this.#localPort !== 0) {
      this.counters.toLocal++;
      this.#socket?.send(datagram, offset, length, this.#localPort, this.#localAddress);
    } else if (this.#early.length < MAX_EARLY_DATAGRAMS) {
      this.#early.push(Buffer.from(datagram.subarray(offset, offset + length)));
    } else {
      this.counters.dropped++;
    }
  }

  /** Not on the way of media: only checks from a sender that is not listened to come here. */
  #isNewLocal(datagram: Buffer, address: string, port: number): boolean {
    if (this.#settled || this.#username === undefined) return false;
    if (this.#localPort !== 0 && (this.#localAddress === LOOPBACK_ADDRESS || address !== LOOPBACK_ADDRESS))
      return false;
    const check = decodeStun(datagram);
    if (check?.class !== 'request') return false;
    const username = check.attributes.find((attribute) => attribute.name === 'username');
    if (username?.text !== this.#username) return false;
    this.#localAddress = address;
    this.#localPort = port;
    for (const early of this.#early.splice(0)) this.#toLocal(early, 0, early.length);
    return true;
  }
}
