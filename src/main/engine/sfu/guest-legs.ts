/** Whose legs they are, as far as a carrier can tell: counted by where guests come from, and found by the socket they come in on. */
import { isIPv4 } from 'node:net';
import type { DatagramSocket } from '../outside/index.ts';
import { ipToBytes } from '../stun/ip.ts';
import type { Leg } from './bridge.ts';

/** A machine has all of its /64 to send from (RFC 4291 §2.5.4), bytes. */
const PREFIX_BYTES = 8;

export class GuestLegs {
  readonly #bySource = new Map<string, number>();
  readonly #bySocket = new Map<DatagramSocket, Set<Leg>>();

  add(leg: Leg): void {
    const { address, socket } = leg.guest;
    const source = sourceOf(address);
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
    const legs = this.#bySocket.get(socket) ?? new Set();
    legs.add(leg);
    this.#bySocket.set(socket, legs);
  }

  /** Before its guest is another one. Twice is fine. */
  remove(leg: Leg): void {
    const { address, socket } = leg.guest;
    const legs = this.#bySocket.get(socket);
    if (!legs?.delete(leg)) return;
    if (legs.size === 0) this.#bySocket.delete(socket);
    const source = sourceOf(address);
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }

  /** How many legs the source of an address has. */
  from(address: string): number {
    return this.#bySource.get(sourceOf(address)) ?? 0;
  }

  on(socket: DatagramSocket): Leg[] {
    return [...(this.#bySocket.get(socket) ?? [])];
  }

  isUsed(socket: DatagramSocket): boolean {
    return this.#bySocket.has(socket);
  }
}

export function isSameSource(one: string, other: string): boolean {
  return sourceOf(one) === sourceOf(other);
}

/** What limits go by: an IPv4 address, or the /64 of an IPv6 one. */
export function sourceOf(address: string): string {
  return isIPv4(address) ? address : (ipToBytes(address)?.toString('hex', 0, PREFIX_BYTES) ?? address);
}
