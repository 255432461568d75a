/** Whom a NAT or a firewall lets in: what the inside wrote to, as exactly as it looks (RFC 4787 §5). */
import type { NatDependence } from '../../src/shared/network.ts';

/** What stands for an end outside, for a NAT that looks at so much of it. */
export function dependenceKey(dependence: NatDependence, address: string, port: number): string {
  switch (dependence) {
    case 'endpoint-independent':
      return '';
    case 'address-dependent':
      return address;
    case 'address-and-port-dependent':
      return `${address} ${port}`;
  }
}

export class Filter {
  readonly #dependence: NatDependence;
  readonly #lifetimeMs: number;
  /** When the inside last wrote there. */
  readonly #writtenAtMs = new Map<string, number>();

  constructor(dependence: NatDependence, lifetimeMs: number) {
    this.#dependence = dependence;
    this.#lifetimeMs = lifetimeMs;
  }

  wrote(address: string, port: number, nowMs: number): void {
    this.#writtenAtMs.set(dependenceKey(this.#dependence, address, port), nowMs);
  }

  /** What is let in keeps the door open, as Linux's connection tracking has it. */
  letsIn(address: string, port: number, nowMs: number): boolean {
    const key = dependenceKey(this.#dependence, address, port);
    const writtenAtMs = this.#writtenAtMs.get(key);
    if (writtenAtMs === undefined || nowMs - writtenAtMs > this.#lifetimeMs) return false;
    this.#writtenAtMs.set(key, nowMs);
    return true;
  }
}
