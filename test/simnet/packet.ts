/** A UDP datagram under way, and what may be in its way. */
import type { AddressFamily } from '../../src/main/engine/outside/index.ts';

export interface Packet {
  readonly bytes: Buffer;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
  /** Routers it may still pass (RFC 791's time to live), so that two that point at each other end. */
  readonly hopsLeft: number;
}

/** RFC 1700's recommended time to live. */
export const FIRST_HOPS = 64;

export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** What a router does to a packet. Undefined: it is dropped. */
export interface Middlebox {
  /** Whether the addresses inside are those seen outside. */
  readonly transparent: boolean;
  /** From the inside out. */
  outbound(packet: Packet): Packet | undefined;
  /** From the outside in. */
  inbound(packet: Packet): Packet | undefined;
  /** Loses what it remembers, as when it is started anew. */
  forget(): void;
}
