/** NAT behaviour discovery of one address family: when to run the tests, and what is known from them. */
import type { Logger } from 'pino';
import type { FamilyReport, NatBehaviour } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, HostAddress, Outside, Timer } from '../outside/index.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import type { Transactions } from '../stun/transactions.ts';
import { MAX_ALTERNATES_TRIED, RUN_LIMIT_MS, RUN_PAUSE_MS, SERVER_WAIT_MS } from './constants.ts';
import { LifetimeStudy } from './lifetime.ts';
import type { NamedAddresses } from './named-addresses.ts';
import { farthest } from './scope.ts';
import { type Findings, fullServers, nameOf, survey } from './survey.ts';
import type { Road } from './types.ts';

export interface FamilyDiscoveryOptions {
  readonly outside: Outside;
  readonly family: AddressFamily;
  readonly transactions: Transactions;
  /** Port of the calls' own socket; undefined when there is none. */
  readonly localPort: () => number | undefined;
  /** Sends from the calls' own socket. */
  readonly send: (datagram: Buffer, port: number, address: string) => void;
  /** Servers that answered the calls' own socket, nearest first. */
  readonly servers: () => readonly AnsweredServer[];
  /** Whether the answer of any server is awaited. */
  readonly asking: () => boolean;
  readonly hostAddresses: () => readonly HostAddress[];
  /** What new sockets bind, when not every address. */
  readonly bindAddress?: string;
  readonly named: NamedAddresses;
  /** Nothing is studied in the background before, by `clock.now()`. */
  readonly quietUntilMs: () => number;
  readonly onChange: () => void;
  readonly logger: Logger;
}

export class FamilyDiscovery {
  readonly #options: FamilyDiscoveryOptions;
  readonly #arrivals: Road['arrivals'] = new Set();
  #findings: Findings & Pick<NatBehaviour, 'bindingLifetimeMs'> = {};
  #lifetime: LifetimeStudy | null = null;
  /** Public IP addresses of the network that the findings are of: a NAT may have several. */
  readonly #knownAddresses = new Set<string>();
  /** Servers with RFC 5780 that had their turn in this network. */
  readonly #tried = new Set<string>();
  #proved = false;
  /** Where we were seen last in this network: that the servers are silent for a while does not change it. */
  #lastMapped: TransportAddress | undefined;
  /** Answers from before this belong to another network, by `clock.now()`. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  #wanted = true;
  #run: AbortController | null = null;
  #startTimer: Timer;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: FamilyDiscoveryOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#run !== null || this.#startTimer !== undefined;
  }

  get behaviour(): NatBehaviour | undefined {
    const mapped = this.#servers()[0]?.mapped ?? this.#lastMapped;
    return mapped && { translated: !this.#isOwn(mapped.address), ...this.#findings };
  }

  report(): FamilyReport {
    const { localPort, asking } = this.#options;
    if (localPort() === undefined) return { untold: 'no-socket' };
    const [nearest] = this.#servers();
    if (!nearest) return { untold: asking() ? 'asking' : 'no-answer' };
    const { mapped } = nearest;
    const { mapping, filtering } = this.#findings;
    const isWhole = mapping !== undefined && filtering !== undefined;
    const untold = this.running ? 'asking' : isWhole ? undefined : 'plain-servers';
    return { mapped, behaviour: this.behaviour, untold };
  }

  /** A server answered the calls' own socket. */
  answered(): void {
    if (this.#closed || this.#run) return;
    const servers = this.#servers();
    const [nearest] = servers;
    if (!nearest) return;
    const mayTry = this.#tried.size < MAX_ALTERNATES_TRIED;
    const untried = mayTry && fullServers(servers).some((server) => !this.#tried.has(nameOf(server)));
    const moved = !this.#knownAddresses.has(nearest.mapped.address);
    if (moved && this.#knownAddresses.size > 0) this.#forget();
    this.#lastMapped = nearest.mapped;
    if (this.#wanted || moved || (untried && !this.#proved)) this.#startSoon(untried);
  }

  /** The interfaces changed: what was found is of another network, and so are the answers until now. */
  networkChanged(): void {
    this.#sinceMs = this.#options.outside.clock.now();
    this.#forget();
    this.again();
  }

  /** Runs once more when a server answers; what is known stays until it is contradicted. */
  again(): void {
    this.#wanted = true;
  }

  /** A Binding request that belongs to no call came to the calls' own socket. */
  receiveRequest(transactionId: Buffer): void {
    for (const arrived of [...this.#arrivals]) arrived(transactionId);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#lifetime?.close();
  }

  #forget(): void {
    this.#stop();
    this.#lifetime?.close();
    this.#lifetime = null;
    this.#findings = {};
    this.#knownAddresses.clear();
    this.#tried.clear();
    this.#proved = false;
    this.#lastMapped = undefined;
    this.#options.onChange();
  }

  #stop(): void {
    this.#run?.abort();
    this.#run = null;
    this.#options.outside.clock.clearTimer(this.#startTimer);
    this.#startTimer = undefined;
  }

  #servers(): AnsweredServer[] {
    const { servers } = this.#options;
    return farthest(servers().filter(({ answeredAtMs }) => answeredAtMs >= this.#sinceMs));
  }

  #isOwn(address: string): boolean {
    return this.#options.hostAddresses().some((host) => host.address === address);
  }

  /** At once when a server can answer everything; after a moment when one may still turn up. */
  #startSoon(canTellAll: boolean): void {
    const { clock } = this.#options.outside;
    const pauseMs = Math.max(this.#lastStartMs + RUN_PAUSE_MS - clock.now(), canTellAll ? 0 : SERVER_WAIT_MS);
    if (pauseMs > 0) {
      if (this.#startTimer !== undefined && !canTellAll) return;
      clock.clearTimer(this.#startTimer);
      this.#startTimer = clock.setTimer(() => this.#start(), pauseMs);
    } else {
      clock.clearTimer(this.#startTimer);
      this.#start();
    }
  }

  #start(): void {
    this.#startTimer = undefined;
    const { outside, family, transactions, localPort, send, bindAddress, named, logger } = this.#options;
    const servers = this.#servers();
    const port = localPort();
    if (this.#closed || this.#run || servers.length === 0 || port === undefined) return;
    const { clock } = outside;
    this.#lastStartMs = clock.now();
    this.#wanted = false;
    for (const { mapped } of servers) this.#knownAddresses.add(mapped.address);
    const run = new AbortController();
    this.#run = run;
    const limit = clock.setTimer(() => run.abort(), RUN_LIMIT_MS);
    // Not only when the questions have ended: a socket that is being opened may keep them for a while.
    run.signal.addEventListener('abort', () => clock.clearTimer(limit), { once: true });
    const road: Road = { localPort: port, transactions, closed: run.signal, arrivals: this.#arrivals, send };
    survey({
      outside,
      family,
      road,
      servers: () => this.#servers(),
      tried: this.#tried,
      isOwn: (address) => this.#isOwn(address),
      bindAddress,
      named,
      found: (findings) => {
        if (this.#run !== run) return;
        this.#findings = { ...this.#findings, ...findings };
        this.#options.onChange();
      },
      logger,
    })
      .then(
        (proved) => {
          if (this.#run !== run) return;
          this.#proved ||= proved !== null;
          this.#studyLifetime(proved ?? servers[0]);
        },
        (error: unknown) => logger.error({ err: error, family }, 'the questions about the NAT failed'),
      )
      .finally(() => {
        clock.clearTimer(limit);
        if (this.#run !== run) return;
        this.#run = null;
        logger.info({ family, ...this.#findings }, 'the behaviour of the NAT');
        this.#options.onChange();
        // What answered meanwhile may be able to tell more.
        this.answered();
      });
    this.#options.onChange();
  }

  /** Once in each network, in the background. */
  #studyLifetime(server: TransportAddress | undefined): void {
    const { outside, family, bindAddress, quietUntilMs, logger, onChange } = this.#options;
    if (this.#lifetime || !server || !this.behaviour?.translated) return;
    const study = new LifetimeStudy({
      outside,
      family,
      server,
      bindAddress,
      quietUntilMs,
      onAlive: (bindingLifetimeMs) => {
        if (this.#lifetime !== study) return;
        this.#findings = { ...this.#findings, bindingLifetimeMs };
        onChange();
      },
      logger,
    });
    this.#lifetime = study;
  }
}
