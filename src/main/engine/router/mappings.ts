/** The mappings of our ports that routers were asked for. */
import type { Logger } from 'pino';
import type { RouterReport } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, Outside } from '../outside/index.ts';
import { PORT_CONTROL_PORT, SSDP_PORT } from './constants.ts';
import { Keeper } from './keeper.ts';
import type { RouterPorts } from './types.ts';

export interface RouterMappingsOptions {
  readonly outside: Outside;
  /** Our port that datagrams are to arrive at; undefined when there is no socket of the family. */
  readonly internalPort: (family: AddressFamily) => Promise<number | undefined>;
  /** Our addresses as STUN servers see them. */
  readonly seen: (family: AddressFamily) => readonly string[];
  /** Whether a datagram comes in through an IPv4 mapping; undefined when nobody can tell. */
  readonly prove: (external: TransportAddress, signal: AbortSignal) => Promise<boolean | undefined>;
  /** The report, or what is offered, changed. */
  readonly onChange: () => void;
  /** Loopback counts as a network with a router, for tests. */
  readonly includeLoopback?: boolean;
  readonly ports?: RouterPorts;
  readonly logger: Logger;
}

const FAMILIES: readonly AddressFamily[] = ['IPv4', 'IPv6'];

/** Which of two reports a person wants to read: the one that says the most. */
const TELLING: readonly RouterReport['state'][] = [
  'proved',
  'mapped',
  'untrue',
  'refused',
  'asking',
  'none',
  'unneeded',
  'off',
];

export class RouterMappings {
  readonly #options: RouterMappingsOptions;
  readonly #keepers: readonly Keeper[];
  #asks = false;
  #started = false;
  #closed = false;

  constructor(options: RouterMappingsOptions) {
    this.#options = options;
    const { outside, internalPort, seen, prove, includeLoopback = false, onChange, logger } = options;
    const ports = options.ports ?? { portControl: PORT_CONTROL_PORT, ssdp: SSDP_PORT };
    this.#keepers = FAMILIES.map(
      (family) =>
        new Keeper({
          outside,
          family,
          ports,
          internalPort: () => internalPort(family),
          seen: () => seen(family),
          includeLoopback,
          // A firewall lets in whatever we asked for: nothing that comes would prove that it lets in more.
          prove: (external, signal) =>
            family === 'IPv4' ? prove(external, signal) : Promise.resolve(undefined),
          onChange: () => {
            if (!this.#closed) onChange();
          },
          // RFC 6886 §3.6: then every mapping is asked for again, at once.
          onRestarted: () => {
            for (const keeper of this.#keepers) if (keeper.family !== family) keeper.lookAgain();
          },
          logger,
        }),
    );
  }

  /** The sockets are there: asks, if it may. */
  start(): void {
    this.#started = true;
    this.#apply();
  }

  /** Whether routers are to be asked; what they gave is given back when not. */
  setAsks(asks: boolean): void {
    if (this.#asks === asks) return;
    this.#asks = asks;
    this.#apply();
    this.#options.onChange();
  }

  /** A call begins: mappings that are not fresh are renewed. */
  look(): void {
    for (const keeper of this.#keepers) keeper.look();
  }

  /** The network changed, or somebody wants to know. */
  lookAgain(): void {
    for (const keeper of this.#keepers) keeper.lookAgain();
  }

  /** What STUN servers see changed. */
  reconsider(): void {
    for (const keeper of this.#keepers) keeper.reconsider();
  }

  report(): RouterReport {
    if (!this.#asks) return { state: 'off' };
    const reports = this.#keepers.map((keeper) => keeper.report());
    const [best] = reports.sort((a, b) => TELLING.indexOf(a.state) - TELLING.indexOf(b.state));
    return best ?? { state: 'none' };
  }

  /** External addresses that lead to our sockets. */
  offered(): TransportAddress[] {
    return this.#keepers.flatMap((keeper) => keeper.offered() ?? []);
  }

  /** Gives back what routers gave; ends within a second or so. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#keepers.map((keeper) => keeper.stop()));
  }

  #apply(): void {
    if (!this.#started || this.#closed) return;
    for (const keeper of this.#keepers) {
      if (this.#asks) keeper.start();
      else void keeper.stop();
    }
  }
}
