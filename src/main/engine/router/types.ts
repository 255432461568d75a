/** What the protocols for asking a router have in common. */
import type { RouterReport } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';

export type ProtocolName = NonNullable<RouterReport['protocol']>;

/** Which UDP port to map, and how. */
export interface Wish {
  /** The port of ours that datagrams are to arrive at. */
  readonly internalPort: number;
  /** The external port we would like, or had. */
  readonly externalPort: number;
}

/** What a router says that it did. Only a datagram that comes through proves it. */
export interface Grant {
  readonly external: TransportAddress;
  /** How long it stays without renewal, ms; undefined for ever. */
  readonly lifetimeMs: number | undefined;
  /** The router forgot everything since its last answer. */
  readonly restarted: boolean;
}

/** One protocol towards one router. Every wait ends by itself, and at once when the signal fires. */
export interface MappingProtocol {
  readonly name: ProtocolName;
  /** Whether a router answers it. Asks for nothing yet. Never throws. */
  probe(signal: AbortSignal): Promise<boolean>;
  /**
   * Asks for the mapping, or for it again.
   *
   * @throws RouterRefusedError, RouterSilentError or RouterAnswerError
   */
  map(wish: Wish, signal: AbortSignal): Promise<Grant>;
  /** Takes back what `map` was given. Never throws, and does not wait for long. */
  unmap(): Promise<void>;
}

/** Ports that routers listen on; tests have others. */
export interface RouterPorts {
  readonly portControl: number;
  readonly ssdp: number;
}
