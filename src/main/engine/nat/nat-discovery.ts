/** NAT behaviour discovery for both address families (RFC 4787, RFC 5780): one for an engine. */
import type { Logger } from 'pino';
import type { FamilyReport, NatBehaviour } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, HostAddress, Outside } from '../outside/index.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import type { Transactions } from '../stun/transactions.ts';
import { QUIET_AFTER_SAMPLE_MS } from './constants.ts';
import { FamilyDiscovery } from './family-discovery.ts';
import { keepAliveMs } from './keep-alive.ts';
import { NamedAddresses } from './named-addresses.ts';
import { sampleMapping } from './sampling.ts';
import { farthest } from './scope.ts';
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
  /** Whether the answer of any server of the family is awaited. */
  readonly asking: (family: AddressFamily) => boolean;
  readonly hostAddresses: () => readonly HostAddress[];
  /** What new sockets bind, when not every address. */
  readonly bindAddress?: { readonly IPv4?: string; readonly IPv6?: string };
  readonly logger: Logger;
}

const FAMILIES: readonly AddressFamily[] = ['IPv4', 'IPv6'];

export class NatDiscovery implements NatKnowledge {
  readonly #options: NatDiscoveryOptions;
  readonly #families: Record<AddressFamily, FamilyDiscovery>;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: NatDiscoveryOptions) {
    this.#options = options;
    const named = new NamedAddresses(options.outside.clock);
    const forFamily = (family: AddressFamily) =>
      new FamilyDiscovery({
        outside: options.outside,
        family,
        transactions: options.transactions,
        localPort: () => options.localPort(family),
        send: (datagram, port, address) => options.send(family, datagram, port, address),
        servers: () => options.servers(family),
        asking: () => options.asking(family),
        hostAddresses: options.hostAddresses,
        bindAddress: options.bindAddress?.[family],
        named,
        quietUntilMs: () => this.#quietUntilMs,
        onChange: () => this.#announce(),
        logger: options.logger,
      });
    this.#families = { IPv4: forFamily('IPv4'), IPv6: forFamily('IPv6') };
  }

  get running(): boolean {
    return FAMILIES.some((family) => this.#families[family].running);
  }

  /** How often the calls' mappings are to be refreshed, ms. */
  get keepAliveMs(): number {
    const present = FAMILIES.filter((family) => this.#options.servers(family).length > 0);
    return keepAliveMs(present.map((family) => this.behaviour(family)?.bindingLifetimeMs));
  }

  behaviour(family: AddressFamily): NatBehaviour | undefined {
    return this.#families[family].behaviour;
  }

  report(family: AddressFamily): FamilyReport {
    return this.#families[family].report();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async sampleNextPort(family: AddressFamily, signal?: AbortSignal): Promise<TransportAddress | null> {
    const { outside, servers, bindAddress, logger } = this.#options;
    const [server] = farthest(servers(family));
    if (!server || this.#closing.signal.aborted) return null;
    this.#quietUntilMs = outside.clock.now() + QUIET_AFTER_SAMPLE_MS;
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

  /** A server answered the calls' own socket of the family. */
  answered(family: AddressFamily): void {
    this.#families[family].answered();
  }

  /** The interfaces changed; the servers will be asked again. */
  networkChanged(): void {
    for (const family of FAMILIES) this.#families[family].networkChanged();
  }

  /** A person wants it all found out again; the servers will be asked again. */
  again(): void {
    for (const family of FAMILIES) this.#families[family].again();
  }

  /** A Binding request that belongs to no call came to the calls' own socket. */
  receiveRequest(family: AddressFamily, transactionId: Buffer): void {
    this.#families[family].receiveRequest(transactionId);
  }

  close(): void {
    this.#closing.abort();
    for (const family of FAMILIES) this.#families[family].close();
    this.#listeners.clear();
  }

  #announce(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a listener of the NAT behaviour failed');
      }
    }
  }
}
