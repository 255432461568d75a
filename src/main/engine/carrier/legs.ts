/** The legs of this engine: each with a channel of ours, over the calls' own socket or a WebSocket of its own. */
import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, Random } from '../outside/index.ts';
import type { Side } from '../sfu/ticket.ts';
import type { StunMessage } from '../stun/message.ts';
import type { Source, Transactions } from '../stun/transactions.ts';
import { MAX_LEGS } from './constants.ts';
import { LegFrames } from './frames.ts';
import { Leg } from './leg.ts';
import { WebSocketBase } from './web-socket.ts';

/** One way to one carrier. */
export interface LegRequest {
  readonly through: 'sfu' | 'relay';
  readonly ticket: Buffer;
  readonly side: Side;
  /** The secret of that side's key in the ticket. */
  readonly key: KeyObject;
  /** Where it is; over a WebSocket only what it is called. */
  readonly address: TransportAddress;
  /** Over this WebSocket instead of UDP. */
  readonly url?: string;
  readonly onState: (leg: Leg) => void;
}

/** The channels that this machine is sent to on. */
export interface LegChannels {
  take(owner: {
    receiveFrame(datagram: Buffer, socket: DatagramSocket, address: string, port: number): void;
  }): number;
  release(channel: number): void;
}

export interface LegsOptions {
  readonly random: Random;
  readonly transactions: Transactions;
  readonly channels: LegChannels;
  readonly logger: Logger;
  readonly socket: (family: AddressFamily) => DatagramSocket | undefined;
  /** What comes in on a leg, or on a WebSocket, as if it came from the carrier's address. */
  readonly onDatagram: (socket: DatagramSocket, datagram: Buffer, address: string, port: number) => void;
}

export class Legs {
  readonly #options: LegsOptions;
  readonly #frames = new LegFrames();
  readonly #open = new Map<Leg, { readonly channel: number; readonly base: WebSocketBase | undefined }>();

  constructor(options: LegsOptions) {
    this.#options = options;
  }

  /** Null where there is no socket of the family, or too many legs. The leg starts to join at once. */
  open({ through, ticket, side, key, address, url, onState }: LegRequest): Leg | null {
    const { random, transactions, channels, socket, onDatagram } = this.#options;
    if (this.#open.size >= MAX_LEGS) return null;
    let leg: Leg | undefined;
    const webSocket = url === undefined ? undefined : this.#webSocket(url, address, () => leg?.baseGone());
    const base = webSocket ?? socket(address.address.includes(':') ? 'IPv6' : 'IPv4');
    if (!base) return null;
    const channel = channels.take({
      receiveFrame: (datagram, from, fromAddress, fromPort) =>
        leg?.receiveFrame(datagram, from, fromAddress, fromPort),
    });
    leg = new Leg({
      through,
      carrier: address,
      base,
      isGreeted: webSocket !== undefined,
      ticket,
      side,
      key,
      channel,
      random,
      transactions,
      frames: this.#frames,
      onDatagram,
      onState: (changed) => {
        if (changed.state === 'closed' || changed.state === 'failed') this.#forget(changed);
        onState(changed);
      },
    });
    this.#open.set(leg, { channel, base: webSocket });
    leg.join();
    return leg;
  }

  /** An indication of method JOIN: a carrier says goodbye, or opens its NAT for us, which asks for nothing. */
  receiveIndication(message: StunMessage, source: Source): void {
    for (const leg of this.#open.keys()) if (leg.receiveIndication(message, source)) return;
  }

  close(): void {
    for (const leg of [...this.#open.keys()]) leg.close();
  }

  #forget(leg: Leg): void {
    const kept = this.#open.get(leg);
    if (!kept) return;
    this.#open.delete(leg);
    this.#options.channels.release(kept.channel);
    kept.base?.closeSoon();
  }

  #webSocket(url: string, { address, port }: TransportAddress, onGone: () => void): WebSocketBase {
    return new WebSocketBase({
      url,
      onDatagram: (socket, datagram) => this.#options.onDatagram(socket, datagram, address, port),
      onGone,
    });
  }
}
