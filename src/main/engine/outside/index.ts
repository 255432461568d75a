/**
 * What the engine takes from outside: time, chance and the network. The real ones are in `real.ts`; the simulated
 * network of the tests brings its own, so that the same engine runs on both.
 */
import type { LookupAddress } from 'node:dns';

/** A timer that was set; clearing it twice is fine. */
export type Timer = unknown;

export interface Clock {
  /** Milliseconds that only grow, fractions included. For durations. */
  now(): number;
  /** Milliseconds since 1970 by the system's clock. For records and envelopes. */
  wallNow(): number;
  setTimer(callback: () => void, delayMs: number): Timer;
  clearTimer(timer: Timer): void;
}

export interface Random {
  /** Cryptographically strong in the real world; seeded in the simulated one. */
  bytes(length: number): Buffer;
}

export type AddressFamily = 'IPv4' | 'IPv6';

/** One bound UDP socket. */
export interface DatagramSocket {
  readonly family: AddressFamily;
  /** What its datagrams go through: a leg to a node or a relay; absent where they go straight to their address. */
  readonly through?: 'sfu' | 'relay';
  /** The relay is a TURN server. */
  readonly isTurn?: true;
  /** The local port it is bound to. */
  readonly port: number;
  /**
   * Sends `length` bytes of `bytes` from `offset`. Nothing is awaited. The bytes may be re-used only after `sent` was called
   * (with an error when the system would not send); without `sent` they must not be changed any more.
   */
  send(
    bytes: Buffer,
    offset: number,
    length: number,
    port: number,
    address: string,
    sent?: (error: Error | null) => void,
  ): void;
  /** What was sent before still leaves. Twice is fine. */
  close(): void;
}

export type DatagramHandler = (datagram: Buffer, address: string, port: number) => void;

export interface Network {
  /** Binds a socket to every address of the family (IPv6 sockets take IPv6 alone), or to `address`. Port 0 lets the system choose. */
  bind(
    family: AddressFamily,
    port: number,
    onDatagram: DatagramHandler,
    onError: (error: Error) => void,
    address?: string,
  ): Promise<DatagramSocket>;
  /** Addresses of the interfaces that are up. */
  hostAddresses(): HostAddress[];
  lookup(host: string): Promise<LookupAddress[]>;
  /** A thread that forwards between sockets of this network. Absent or undefined where there is none. */
  openForwarding?(): Promise<Forwarding | undefined>;
  /** Routers of the networks this machine is in, the likeliest first. Absent where nobody could be one. */
  routers?(): Promise<NetworkRouter[]>;
  /**
   * One HTTP/1.1 request on a connection of its own. No redirect is followed and no cookie kept.
   *
   * @throws when there is no whole answer within `maxBodyBytes`, or the signal fires first
   */
  requestHttp?(request: HttpRequest): Promise<HttpReply>;
}

/**
 * Sends frames on from one guest to another without troubling this thread, within what each may send. A socket that a route leads through is read
 * there from then on; what has no route still comes to its listener.
 */
export interface Forwarding {
  /** What all routes together may send. It holds for 5 s, and has to be said again before: until then nothing is sent. */
  setTotal(kbitPerS: number): void;
  /** Sets the route of a channel in place of the one it had. Undefined where it cannot be had: then nothing has changed. */
  route(wish: RouteWish): RouteCounters | undefined;
  /** Frames of the channel come to the socket's listener again. */
  unroute(channel: number): void;
  /** Sockets are read here again. Twice is fine. */
  close(): Promise<void>;
  /** Once it has ended: the error that ended it, null where it was closed. Sockets are read here again in any case. */
  readonly ended: Promise<Error | null>;
}

export interface RouteWish {
  /** ChannelData (RFC 8656 §12.4) with this number, from this address alone. */
  readonly channel: number;
  readonly from: RouteEnd;
  readonly to: RouteEnd & { readonly channel: number };
  /** Routes of one bridge share its part when there is not enough for all. */
  readonly bridge: number;
  /** What this route may send. */
  readonly kbitPerS: number;
}

export interface RouteEnd {
  readonly socket: DatagramSocket;
  readonly address: string;
  readonly port: number;
}

/** What a route has done; read from memory that the forwarder writes. */
export interface RouteCounters {
  readonly bytes: number;
  readonly packets: number;
  readonly dropped: number;
  /** By `Clock.now()`; 0 before the first frame. */
  readonly heardAtMs: number;
}

/** A router, and the address of ours that faces it. */
export interface NetworkRouter {
  readonly family: AddressFamily;
  /** As sockets report it, so a link-local one has its zone (`fe80::1%eth0`). */
  readonly address: string;
  readonly localAddress: string;
  /** Whether the system sends through it to the internet; otherwise it is a guess from the network's mask. */
  readonly certain: boolean;
}

export interface HttpRequest {
  /** An IP address, never a name. */
  readonly address: string;
  readonly port: number;
  /** The address of ours to ask from. */
  readonly localAddress: string;
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A longer body ends the request with an error. */
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  readonly body: Buffer;
}

export interface HostAddress {
  readonly interfaceName: string;
  readonly family: AddressFamily;
  readonly address: string;
  readonly loopback: boolean;
}

/** This process among the others of the machine. */
export interface Scheduling {
  /**
   * While a call is on, its packets should not wait for other programs. Asks the system for an above-normal priority, or
   * gives it back; a system that refuses is left at that.
   */
  setUrgent(urgent: boolean): void;
}

export interface Outside {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly scheduling: Scheduling;
}
