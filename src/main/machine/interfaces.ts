/** The interfaces of this machine that lead somewhere. */
import { networkInterfaces } from 'node:os';
import { MAX_NETWORKS } from './constants.ts';

export interface Interfaces {
  readonly names: readonly string[];
  /** Differs whenever an address came or went. */
  readonly fingerprint: string;
}

/** Those with an address, loopback left out. */
export function interfacesThatAreUp(): Interfaces {
  const outward = outwardAddresses();
  return {
    names: [...new Set(outward.map(({ name }) => name))].sort().slice(0, MAX_NETWORKS),
    fingerprint: outward
      .map(({ name, address }) => `${name} ${address}`)
      .sort()
      .join('\n'),
  };
}

function outwardAddresses(): { name: string; address: string }[] {
  try {
    return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
      (addresses ?? []).flatMap(({ internal, address }) => (internal ? [] : [{ name, address }])),
    );
  } catch {
    // A sandbox may forbid the question; the engine then has no interfaces to name either.
    return [];
  }
}
