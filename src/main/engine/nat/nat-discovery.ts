/** NAT behaviour discovery for both address families (RFC 4787, RFC 5780): one for an engine. */
import type { Logger } from 'pino';
import type { FamilyReport, NatBehaviour } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, HostAddress, Outside } from '../outside/index.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import type { Transactions } from '../stun/transactions.ts';
import { sampleMapping } from './sampling.ts';
import type { NatKnowledge } from './types.ts';

export interface NatDiscoveryOptions {
  readonly outside: Outside;
  /** The calls' own questions under way. */
  readonly transactions: Transactions;
  /** Port of the calls' own socket of the family; undefined when there is none. */
  readonly localPort: (family: AddressFamily) => number | undefined;
  /** Sends from the calls' own socket. */
  readonly send: (family: AddressFamily, datagram: Buffer, port: number, address: string) => void;
  /** Servers that answered the calls' own socket, nearest first. */
  readonly servers: (family: AddressFamily) => readonly AnsweredServer[];
  readonly hostAddresses: () => readonly HostAddress[];
  /** What fresh sockets bind, when not every address. */
  readonly bindAddress?: { readonly IPv4?: string; readonly IPv6?: string };
  readonly onChange: () => void;
  readonly logger: Logger;
}

export class NatDiscovery implements NatKnowledge {
  readonly #options: NatDiscoveryOptions;
  readonly #closing = new AbortController();

  constructor(options: NatDiscoveryOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return false;
  }

  behaviour(_family: AddressFamily): NatBehaviour | undefined {
    return undefined;
  }

  report(family: AddressFamily): FamilyReport {
    const { localPort, servers } = this.#options;
    if (localPort(family) === undefined) return { untold: 'no-socket' };
    const [nearest] = servers(family);
    return nearest ? { mapped: nearest.mapped, untold: 'asking' } : { untold: 'no-answer' };
  }

  async sampleNextPort(family: AddressFamily, signal?: AbortSignal): Promise<TransportAddress | null> {
    const { outside, servers, bindAddress, logger } = this.#options;
    const [server] = servers(family);
    if (!server || this.#closing.signal.aborted) return null;
    const either = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    return sampleMapping({
      outside,
      family,
      server,
      bindAddress: bindAddress?.[family],
      signal: either,
      logger,
    });
  }

  close(): void {
    this.#closing.abort();
  }
}
