/**
 * All bridges of one carrier: a volunteer's node, or the public relay. It decides who gets a leg, forgets what is quiet, and
 * sends nothing but a cookie shorter than its question to an address that has not proved itself.
 */
import type { KeyObject } from 'node:crypto';
import { publicKeyFrom } from '../identity/ed25519.ts';
import type { Clock, DatagramSocket, Forwarding, Random, Timer } from '../outside/index.ts';
import type { StunMessage } from '../stun/message.ts';
import { Allowance } from './allowance.ts';
import { Bridge, type Guest, Leg } from './bridge.ts';
import {
  BRIDGE_QUIET_MS,
  JOIN_ERRORS,
  MAX_KNOWN_TICKETS,
  SWEEP_MS,
  UNLIMITED_KBIT_PER_S,
} from './constants.ts';
import { Cookies } from './cookie.ts';
import { GuestLegs, isSameSource } from './guest-legs.ts';
import {
  isJoinSignedBy,
  type JoinProof,
  readJoin,
  writeGoodbye,
  writeGreeting,
  writeJoinError,
  writeJoinSuccess,
} from './join.ts';
import { isInTime, isSignedBy, readTicket, type Side, type Ticket } from './ticket.ts';

export interface BridgesOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The public key of the server whose tickets count. */
  readonly ticketKey: () => KeyObject | null;
  /** Our own name as a carrier, 32 bytes. */
  readonly carrier: Buffer;
  readonly limits: () => BridgeLimits;
  /** What all bridges together may send, kbit/s; absent where that is not limited. */
  readonly totalKbitPerS?: () => number;
  /** Whether a source address may have another signature looked at now. */
  readonly mayVerify: (address: string, nowMs: number) => boolean;
  /** Channels are the owner's: it hands what comes on one to `forward`. Undefined when all are in use. */
  readonly takeChannel: (leg: (channel: number) => Leg) => number | undefined;
  readonly releaseChannel: (channel: number) => void;
  /** A bridge was made, became whole, or is gone. */
  readonly onChange?: () => void;
  /** The last leg whose guest was on this socket is gone, or has moved to another one. */
  readonly onUnused?: (socket: DatagramSocket) => void;
}

export interface BridgeLimits {
  /** Bridges at once; 0 takes no new ones. */
  readonly bridges: number;
  /** Legs that one source may have, an IPv4 address or the /64 of an IPv6 one. */
  readonly bridgesPerAddress: number;
}

type Refusal = (typeof JOIN_ERRORS)[keyof typeof JOIN_ERRORS];

export class Bridges {
  readonly #options: BridgesOptions;
  readonly #cookies: Cookies;
  readonly #bridges = new Map<string, Bridge>();
  /** Tickets whose signature was found good, as text. */
  readonly #known = new Set<string>();
  readonly #guests = new GuestLegs();
  readonly #total: Allowance | undefined;
  #sweepTimer: Timer;
  #leaving = false;
  #closed = false;
  #forwarding: Forwarding | undefined;
  /** By legs that are gone. */
  #bytesBefore = 0;
  /** Since the start: bridges that both sides came to. */
  carried = 0;
  /** Since the start: JOINs of proved addresses that got no leg. */
  refused = 0;

  constructor(options: BridgesOptions) {
    this.#options = options;
    this.#cookies = new Cookies(options.clock, options.random);
    const { totalKbitPerS } = options;
    this.#total = totalKbitPerS && new Allowance(totalKbitPerS, options.clock.now());
  }

  get size(): number {
    return this.#bridges.size;
  }

  /** Since the start: forwarded both ways. */
  get bytesForwarded(): number {
    let bytes = this.#bytesBefore;
    for (const bridge of this.#bridges.values()) bytes += bridge.bytesForwarded;
    return bytes;
  }

  /** Whole bridges go through the forwarder from now on, those that stand and those that come. */
  forwardThrough(forwarding: Forwarding): void {
    this.#forwarding = forwarding;
    this.limitsChanged();
    for (const bridge of this.#bridges.values()) this.#route(bridge);
  }

  /** What all bridges together may send is another number now. Looked at by itself with each sweep. */
  limitsChanged(): void {
    this.#forwarding?.setTotal(this.#options.totalKbitPerS?.() ?? UNLIMITED_KBIT_PER_S);
  }

  /** The bridges now; who is behind them nobody here knows. */
  all(): Bridge[] {
    return [...this.#bridges.values()];
  }

  /** A frame on a leg's channel. The per-packet path. */
  forward(leg: Leg, datagram: Buffer, socket: DatagramSocket, address: string, port: number): void {
    if (leg.isFrom(socket, address, port)) leg.forward(datagram, this.#options.clock.now());
  }

  /** Whoever has made a connection of their own is given a cookie unasked: it shows that they receive where they send from. */
  greet(guest: Guest): void {
    const cookie = this.#cookies.make(guest.address, guest.port);
    reply(guest, writeGreeting(this.#options.random.bytes(12), cookie));
  }

  /** A STUN message of method JOIN. Never throws on what it holds. */
  receive(message: StunMessage, guest: Guest): void {
    const request = this.#closed ? null : readJoin(message);
    if (!request) return;
    const { transactionId } = message;
    const { proof } = request;
    if (!proof || !this.#cookies.isGood(proof.nonce, guest.address, guest.port)) {
      const code = proof ? JOIN_ERRORS.staleNonce : JOIN_ERRORS.proveAddress;
      reply(guest, writeJoinError(transactionId, code, this.#cookies.make(guest.address, guest.port)));
      return;
    }
    const outcome = this.#join(request.ticket, proof, guest);
    if (typeof outcome === 'number') {
      this.refused++;
      reply(guest, writeJoinError(transactionId, outcome));
      return;
    }
    reply(
      guest,
      writeJoinSuccess(transactionId, {
        channel: outcome.channel,
        lifetimeS: BRIDGE_QUIET_MS / 1_000,
        state: outcome.bridge.isWhole ? 'whole' : 'half',
      }),
    );
  }

  /**
   * Tells every guest that this carrier leaves, and makes no new bridge from then on. Those that stand go on, also with a side that comes
   * late, until they are quiet or `close` is called.
   */
  sayGoodbye(): void {
    const { random } = this.#options;
    this.#leaving = true;
    for (const { legs, ticket } of this.#bridges.values()) {
      for (const leg of [legs.A, legs.B]) {
        if (leg) reply(leg.guest, writeGoodbye(random.bytes(12), ticket.bridgeId));
      }
    }
  }

  /** Forgets everything. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimer(this.#sweepTimer);
    for (const bridge of [...this.#bridges.values()]) this.#forget(bridge);
  }

  /** A socket of guests is gone, a WebSocket that closed: so are its legs. */
  forgetSocket(socket: DatagramSocket): void {
    for (const leg of this.#guests.on(socket)) this.#removeLeg(leg);
  }

  /** Whether any leg's guest is on this socket. */
  hasSocket(socket: DatagramSocket): boolean {
    return this.#guests.isUsed(socket);
  }

  #join(ticketBytes: Buffer, proof: JoinProof, guest: Guest): Leg | Refusal {
    const ticket = readTicket(ticketBytes);
    if (!ticket?.carrier.equals(this.#options.carrier)) return JOIN_ERRORS.ticketRefused;
    const nowMs = this.#options.clock.now();
    if (!this.#options.mayVerify(guest.address, nowMs)) return JOIN_ERRORS.quotaReached;
    const id = ticket.bridgeId.toString('base64url');
    const bridge = this.#bridges.get(id);
    // A bridge that stands outlives its ticket: the call goes on.
    if (bridge ? !sameKeys(bridge.ticket, ticket) : !this.#isGood(ticketBytes, ticket)) {
      return JOIN_ERRORS.ticketRefused;
    }
    const key = publicKeyFrom(ticket.keys[proof.side]);
    if (!key || !isJoinSignedBy(ticket.bridgeId, proof, key)) {
      return JOIN_ERRORS.ticketRefused;
    }
    const leg = bridge?.legs[proof.side];
    if (leg) return proof.leaves ? this.#leave(leg) : this.#moveLeg(leg, proof, guest, nowMs);
    if (proof.leaves) return JOIN_ERRORS.ticketRefused;
    return this.#newLeg(bridge ?? new Bridge(id, ticket, nowMs, this.#total), proof, guest, nowMs);
  }

  #isGood(bytes: Buffer, ticket: Ticket): boolean {
    if (!isInTime(ticket, this.#options.clock.wallNow())) return false;
    const text = bytes.toString('base64url');
    if (this.#known.has(text)) return true;
    const serverKey = this.#options.ticketKey();
    if (!serverKey || !isSignedBy(bytes, serverKey)) return false;
    if (this.#known.size >= MAX_KNOWN_TICKETS) this.#known.clear();
    this.#known.add(text);
    return true;
  }

  #newLeg(bridge: Bridge, proof: JoinProof, guest: Guest, nowMs: number): Leg | Refusal {
    const isNew = !this.#bridges.has(bridge.id);
    const { bridges, bridgesPerAddress } = this.#options.limits();
    if (isNew && (this.#leaving || this.#bridges.size >= bridges)) return JOIN_ERRORS.noCapacity;
    if (this.#guests.from(guest.address) >= bridgesPerAddress) return JOIN_ERRORS.quotaReached;
    const { side, channel: guestChannel } = proof;
    let leg: Leg | undefined;
    const channel = this.#options.takeChannel((number) => {
      leg = new Leg(bridge, side, { guest, channel: number, guestChannel }, nowMs);
      return leg;
    });
    if (channel === undefined || !leg) return JOIN_ERRORS.noCapacity;
    bridge.addLeg(leg);
    this.#guests.add(leg);
    this.#bridges.set(bridge.id, bridge);
    if (bridge.isWhole && !bridge.carried) {
      bridge.carried = true;
      this.carried++;
    }
    this.#route(bridge);
    this.#sweepLater();
    this.#options.onChange?.();
    return leg;
  }

  /** The same side asks again: from where it was before, or from a new address that it has proved (a NAT has moved it). */
  #moveLeg(leg: Leg, proof: JoinProof, guest: Guest, nowMs: number): Leg | Refusal {
    const before = leg.guest;
    const isElsewhere = !isSameSource(before.address, guest.address);
    if (isElsewhere && this.#guests.from(guest.address) >= this.#options.limits().bridgesPerAddress) {
      return JOIN_ERRORS.quotaReached;
    }
    this.#guests.remove(leg);
    leg.guest = guest;
    leg.guestChannel = proof.channel;
    leg.heard(nowMs);
    this.#guests.add(leg);
    this.#route(leg.bridge);
    if (!this.#guests.isUsed(before.socket)) this.#options.onUnused?.(before.socket);
    return leg;
  }

  #leave(leg: Leg): Leg {
    this.#removeLeg(leg);
    return leg;
  }

  #removeLeg(leg: Leg): void {
    const { bridge, side, channel, guest } = leg;
    bridge.removeLeg(side, this.#options.clock.now());
    this.#bytesBefore += leg.bytesForwarded;
    this.#guests.remove(leg);
    this.#options.releaseChannel(channel);
    if (!bridge.legs.A && !bridge.legs.B) this.#bridges.delete(bridge.id);
    if (!this.#guests.isUsed(guest.socket)) this.#options.onUnused?.(guest.socket);
    this.#options.onChange?.();
  }

  #route({ isWhole, legs }: Bridge): void {
    const forwarding = this.#forwarding;
    if (!forwarding || !isWhole) return;
    legs.A?.forwardThrough(forwarding);
    legs.B?.forwardThrough(forwarding);
  }

  #forget(bridge: Bridge): void {
    for (const side of ['A', 'B'] satisfies Side[]) {
      const leg = bridge.legs[side];
      if (leg) this.#removeLeg(leg);
    }
  }

  #sweepLater(): void {
    if (this.#sweepTimer !== undefined || this.#closed) return;
    this.#sweepTimer = this.#options.clock.setTimer(() => {
      this.#sweepTimer = undefined;
      this.#sweep(this.#options.clock.now());
      if (this.#bridges.size > 0) this.#sweepLater();
    }, SWEEP_MS);
  }

  #sweep(nowMs: number): void {
    this.limitsChanged();
    for (const bridge of this.all()) if (bridge.isOver(nowMs)) this.#forget(bridge);
  }
}

function sameKeys(one: Ticket, other: Ticket): boolean {
  return one.keys.A.equals(other.keys.A) && one.keys.B.equals(other.keys.B);
}

function reply({ socket, address, port }: Guest, datagram: Buffer): void {
  socket.send(datagram, 0, datagram.length, port, address);
}
