/** A bridge joins two legs: what comes on one goes out on the other, unread (patent S142, S144). */
import type { DatagramSocket, Forwarding, RouteCounters } from '../outside/index.ts';
import { Allowance } from './allowance.ts';
import { BRIDGE_QUIET_MS, CHANNEL_HEADER_BYTES, HALF_OPEN_MS } from './constants.ts';
import type { Side, Ticket } from './ticket.ts';

/** Where a guest sends from, which it has proved, and where it is sent to. */
export interface Guest {
  /** What the guest's datagrams come in on; its answers leave from there. A WebSocket has one of its own. */
  readonly socket: DatagramSocket;
  readonly address: string;
  readonly port: number;
}

/** One side's way to the bridge. */
export class Leg {
  readonly bridge: Bridge;
  readonly side: Side;
  /** The channel on which the guest sends. */
  readonly channel: number;
  /** The channel on which the guest wants to be sent to. */
  guestChannel: number;
  guest: Guest;
  other: Leg | undefined;
  #heardAtMs: number;
  /** What was forwarded in this thread, and over routes that are over. */
  readonly #counted = { bytes: 0, packets: 0, dropped: 0 };
  /** What the forwarder does for it now. */
  #route: RouteCounters | undefined;
  #forwarding: Forwarding | undefined;
  readonly #allowance: Allowance;

  constructor(
    bridge: Bridge,
    side: Side,
    { guest, channel, guestChannel }: { guest: Guest; channel: number; guestChannel: number },
    nowMs: number,
  ) {
    this.bridge = bridge;
    this.side = side;
    this.channel = channel;
    this.guestChannel = guestChannel;
    this.guest = guest;
    this.#heardAtMs = nowMs;
    this.#allowance = new Allowance(() => bridge.ticket.kbitPerS, nowMs);
  }

  get bytesForwarded(): number {
    return this.#counted.bytes + (this.#route?.bytes ?? 0);
  }

  get packetsForwarded(): number {
    return this.#counted.packets + (this.#route?.packets ?? 0);
  }

  get packetsDropped(): number {
    return this.#counted.dropped + (this.#route?.dropped ?? 0);
  }

  /** When its guest was last heard, by `clock.now()`. */
  get heardAtMs(): number {
    return Math.max(this.#heardAtMs, this.#route?.heardAtMs ?? 0);
  }

  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** Frames of its guest go to the other leg by the forwarder from now on, where that can be. */
  forwardThrough(forwarding: Forwarding): void {
    this.unroute();
    const { guest, other, channel, bridge } = this;
    if (!other) return;
    this.#route = forwarding.route({
      channel,
      from: guest,
      to: { ...other.guest, channel: other.guestChannel },
      bridge: bridge.number,
      kbitPerS: bridge.ticket.kbitPerS,
    });
    this.#forwarding = this.#route && forwarding;
  }

  /** They come to this thread again. Twice is fine. */
  unroute(): void {
    this.#forwarding?.unroute(this.channel);
    this.#forwarding = undefined;
    const { bytesForwarded: bytes, packetsForwarded: packets, packetsDropped: dropped, heardAtMs } = this;
    Object.assign(this.#counted, { bytes, packets, dropped });
    this.#heardAtMs = heardAtMs;
    this.#route = undefined;
  }

  isFrom(socket: DatagramSocket, address: string, port: number): boolean {
    const { guest } = this;
    return guest.port === port && guest.address === address && guest.socket === socket;
  }

  /**
   * Sends a frame of this leg's guest on to the other one: two bytes are changed, in place, and nothing is allocated. What is
   * beyond the ticket's rate or the carrier's, or has nowhere to go yet, is dropped.
   *
   * @param datagram ChannelData (RFC 8656 §12.4), whose bytes nobody else uses
   * @returns bytes sent on, 0 when it was dropped
   */
  forward(datagram: Buffer, nowMs: number): number {
    const length = CHANNEL_HEADER_BYTES + (((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0));
    if (length > datagram.length) return 0;
    this.#heardAtMs = nowMs;
    const { other } = this;
    const { total } = this.bridge;
    if (!other || !this.#allowance.has(length, nowMs) || total?.has(length, nowMs) === false) {
      this.#counted.dropped++;
      return 0;
    }
    this.#allowance.take(length);
    total?.take(length);
    this.#counted.bytes += length;
    this.#counted.packets++;
    datagram[0] = other.guestChannel >>> 8;
    datagram[1] = other.guestChannel & 0xff;
    other.guest.socket.send(datagram, 0, length, other.guest.port, other.guest.address);
    return length;
  }
}

let bridgesMade = 0;

export class Bridge {
  /** The ticket's own name for it, as text. */
  readonly id: string;
  /** Another one than any other bridge's of this process. */
  readonly number = bridgesMade++;
  readonly ticket: Ticket;
  readonly madeAtMs: number;
  /** What all bridges of the carrier may send together; undefined where that is not limited. */
  readonly total: Allowance | undefined;
  /** Whether both sides were ever here. */
  carried = false;
  readonly legs: Partial<Record<Side, Leg>> = {};
  /** Since when one side is alone, by `clock.now()`; counts while it is. */
  #aloneSinceMs: number;

  constructor(id: string, ticket: Ticket, nowMs: number, total?: Allowance) {
    this.id = id;
    // The request's buffer is the network's; what is kept is our own.
    this.ticket = {
      ...ticket,
      bridgeId: Buffer.from(ticket.bridgeId),
      carrier: Buffer.from(ticket.carrier),
      place: Buffer.from(ticket.place),
      keys: { A: Buffer.from(ticket.keys.A), B: Buffer.from(ticket.keys.B) },
    };
    this.madeAtMs = nowMs;
    this.#aloneSinceMs = nowMs;
    this.total = total;
  }

  get isWhole(): boolean {
    return this.legs.A !== undefined && this.legs.B !== undefined;
  }

  /** Forwarded both ways by the legs that stand now. */
  get bytesForwarded(): number {
    return (this.legs.A?.bytesForwarded ?? 0) + (this.legs.B?.bytesForwarded ?? 0);
  }

  /** When either guest was last heard, by `clock.now()`. */
  get heardAtMs(): number {
    return Math.max(this.legs.A?.heardAtMs ?? this.madeAtMs, this.legs.B?.heardAtMs ?? this.madeAtMs);
  }

  /** Whether nobody needs it any more: both sides are quiet, or one is alone, whatever it sends, and the other does not come. */
  isOver(nowMs: number): boolean {
    return this.isWhole
      ? nowMs - this.heardAtMs >= BRIDGE_QUIET_MS
      : nowMs - this.#aloneSinceMs >= HALF_OPEN_MS;
  }

  addLeg(leg: Leg): void {
    this.legs[leg.side] = leg;
    const { A, B } = this.legs;
    if (!A || !B) return;
    A.other = B;
    B.other = A;
  }

  removeLeg(side: Side, nowMs: number): void {
    if (this.isWhole) this.#aloneSinceMs = nowMs;
    const leg = this.legs[side];
    const other = leg?.other;
    leg?.unroute();
    other?.unroute();
    if (other) other.other = undefined;
    delete this.legs[side];
  }
}
