/** Keeps one mapping of our port at the router, for one address family: asks, renews, notices, takes back. */
import type { Logger } from 'pino';
import type { RouterReport } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, NetworkRouter, Outside } from '../outside/index.ts';
import { isPrivate } from './addresses.ts';
import { askRouter, type Holding } from './asking.ts';
import {
  ASK_AGAIN_MS,
  FIRST_PATIENCE_MS,
  LEASE_S,
  MAX_ROUTERS,
  MIN_RENEWAL_MS,
  PERMANENT_RENEWAL_MS,
  RENEWAL_FRESH_MS,
} from './constants.ts';
import { judge } from './judgement.ts';
import type { Grant, ProtocolName, RouterPorts } from './types.ts';
import { pause } from './waiting.ts';

export interface KeeperOptions {
  readonly outside: Outside;
  readonly family: AddressFamily;
  readonly ports: RouterPorts;
  /** Our port that datagrams are to arrive at; undefined when there is no socket. */
  readonly internalPort: () => Promise<number | undefined>;
  /** Our addresses as STUN servers see them. */
  readonly seen: () => readonly string[];
  /** Loopback counts as a network with a router, for tests. */
  readonly includeLoopback: boolean;
  /** Whether a datagram comes in through the mapping; undefined when nobody can tell. */
  readonly prove: (external: TransportAddress, signal: AbortSignal) => Promise<boolean | undefined>;
  readonly onChange: () => void;
  /** A router forgot everything it was asked for. */
  readonly onRestarted: () => void;
  readonly logger: Logger;
}

/** How things stand without a mapping. */
type Ungranted = Extract<RouterReport['state'], 'unneeded' | 'asking' | 'none' | 'refused'>;

export class Keeper {
  readonly #options: KeeperOptions;
  #ending: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();
  #state: Ungranted = 'asking';
  #protocol: ProtocolName | undefined;
  #grant: Grant | undefined;
  #grantedAtMs = 0;
  #proved: boolean | undefined;
  /** What the last proof was about, so that it is asked for once only. */
  #proofOf = '';
  /** How often in a row asking gave no mapping, and when it did so last. */
  #inVain = 0;
  #inVainAtMs = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #networkChanged = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get family(): AddressFamily {
    return this.#options.family;
  }

  start(): void {
    if (this.#ending) return;
    const ending = new AbortController();
    this.#ending = ending;
    this.#ended = this.#ended
      .then(() => this.#run(ending.signal))
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error }, 'the mapping at the router is not kept any more');
      });
  }

  /** Takes the mapping back; ends within a second or so also when the router does not answer. */
  stop(): Promise<void> {
    this.#ending?.abort();
    this.#ending = undefined;
    return this.#ended;
  }

  /** Somebody is about to need it: renews a mapping that is not fresh, or asks a router again that has been left alone for long enough. */
  look(): void {
    const sinceMs = this.#grant ? this.#grantedAtMs : this.#inVainAtMs;
    const restMs = this.#grant ? RENEWAL_FRESH_MS : patienceMs(this.#inVain);
    if (this.#options.outside.clock.now() - sinceMs > restMs) this.#wake?.();
  }

  /** Looks for the router again, and renews or asks anew. */
  lookAgain(): void {
    this.#networkChanged = true;
    this.#inVain = 0;
    this.#wake?.();
  }

  /** What STUN servers see changed. */
  reconsider(): void {
    if (this.#state === 'unneeded' && this.#isNeeded()) this.#wake?.();
    const external = this.#grant?.external;
    const signal = this.#ending?.signal;
    if (!external || !signal || !this.#options.seen().includes(external.address)) return;
    const about = JSON.stringify([external, this.#grantedAtMs]);
    if (about === this.#proofOf) return;
    this.#proofOf = about;
    this.#options.prove(external, signal).then(
      (proved) => {
        if (this.#proofOf !== about) return;
        this.#proved = proved ?? this.#proved;
        this.#options.onChange();
      },
      (error: unknown) => this.#options.logger.error({ err: error }, 'a mapping could not be proved'),
    );
  }

  report(): RouterReport {
    const grant = this.#grant;
    if (!grant) return { state: this.#state };
    const { external } = grant;
    const judgement = judge(external, this.#options.seen(), this.#proved);
    return { ...judgement.verdict, protocol: this.#protocol, external };
  }

  /** The address others may try; undefined while it is not believed. */
  offered(): TransportAddress | undefined {
    const external = this.#grant?.external;
    return external && judge(external, this.#options.seen(), this.#proved).offer ? external : undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#networkChanged = false;
      if (!this.#isNeeded()) {
        this.#settle('unneeded');
        await this.#rest(ASK_AGAIN_MS, signal);
        continue;
      }
      this.#settle('asking');
      const answer = await this.#ask(signal);
      if (typeof answer === 'string') {
        this.#inVain++;
        this.#inVainAtMs = this.#options.outside.clock.now();
        this.#settle(answer);
        await this.#rest(ASK_AGAIN_MS, signal);
      } else {
        this.#inVain = 0;
        await this.#keep(answer, signal);
      }
    }
  }

  async #ask(signal: AbortSignal): Promise<Holding | 'refused' | 'none'> {
    const { outside, ports, internalPort, logger } = this.#options;
    let refused = false;
    for (const router of (await this.#routers()).slice(0, MAX_ROUTERS)) {
      const port = await internalPort();
      if (signal.aborted || port === undefined) break;
      const wish = { internalPort: port, externalPort: port };
      const answer = await askRouter(outside, router, ports, wish, signal, logger);
      if (typeof answer !== 'string') return answer;
      refused ||= answer === 'refused';
    }
    return refused ? 'refused' : 'none';
  }

  /**
   * A mapping is of use where STUN servers see us at an address that is not ours. IPv6 has no such sign: a firewall may stand before any
   * address.
   */
  #isNeeded(): boolean {
    const { outside, family, includeLoopback, seen } = this.#options;
    const own = new Set(outside.network.hostAddresses().map(({ address }) => address));
    return seen().some((address) => includeLoopback || own.has(address) === (family === 'IPv6'));
  }

  /** Routers that are worth asking: behind a public IPv4 address nothing needs a mapping. */
  async #routers(): Promise<NetworkRouter[]> {
    const { outside, family, includeLoopback, logger } = this.#options;
    try {
      const routers = (await outside.network.routers?.()) ?? [];
      return routers.filter(
        (router) =>
          router.family === family &&
          (family === 'IPv6' ||
            isPrivate(router.localAddress) ||
            (includeLoopback && router.localAddress.startsWith('127.'))),
      );
    } catch (error) {
      logger.warn({ err: error }, 'the routers of the network could not be found');
      return [];
    }
  }

  /** Renews until the signal fires, the router is gone, or it does not renew. */
  async #keep(holding: Holding, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    const { protocol, router } = holding;
    let { grant } = holding;
    this.#protocol = protocol.name;
    logger.info({ protocol: protocol.name }, 'the router says that it mapped our port');
    try {
      this.#adopt(grant);
      for (;;) {
        await this.#rest(renewalMs(grant), signal);
        const port = await this.#options.internalPort();
        if (signal.aborted || port === undefined) return;
        if (this.#networkChanged && !(await this.#isStillThere(router))) return;
        this.#networkChanged = false;
        grant = await protocol.map({ internalPort: port, externalPort: grant.external.port }, signal);
        this.#adopt(grant);
      }
    } catch (error) {
      logger.debug({ err: error, protocol: protocol.name }, 'the mapping at the router was not renewed');
    } finally {
      this.#grant = undefined;
      this.#proved = undefined;
      this.#state = 'asking';
      this.#options.onChange();
      await holding.end();
    }
  }

  async #isStillThere(router: NetworkRouter): Promise<boolean> {
    const routers = await this.#routers();
    return routers.some(
      ({ address, localAddress }) => address === router.address && localAddress === router.localAddress,
    );
  }

  #adopt(grant: Grant): void {
    const before = this.#grant?.external;
    const isSame = before?.address === grant.external.address && before.port === grant.external.port;
    if (!isSame || grant.restarted) this.#proved = undefined;
    this.#grant = grant;
    this.#grantedAtMs = this.#options.outside.clock.now();
    this.#options.onChange();
    this.reconsider();
    if (grant.restarted) {
      this.#options.logger.info('the router restarted and forgot its mappings');
      this.#options.onRestarted();
    }
  }

  #settle(state: Ungranted): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onChange();
  }

  /** Until so many ms have passed, somebody wants to know, or the signal fires. */
  async #rest(durationMs: number, signal: AbortSignal): Promise<void> {
    if (this.#networkChanged) return;
    const resting = new AbortController();
    const wake = () => resting.abort();
    this.#wake = wake;
    if (signal.aborted) wake();
    signal.addEventListener('abort', wake);
    await pause(this.#options.outside.clock, durationMs, resting.signal);
    signal.removeEventListener('abort', wake);
    this.#wake = undefined;
  }
}

/** How long a router is left alone by calls that begin, ms, when it was asked in vain so many times in a row. */
function patienceMs(inVain: number): number {
  return inVain === 0 ? 0 : Math.min(FIRST_PATIENCE_MS * 2 ** (inVain - 1), ASK_AGAIN_MS);
}

/** RFC 6887 §11.2.1: at half of the lease. A router that gives us longer than we asked for is not believed. */
function renewalMs({ lifetimeMs }: Grant): number {
  if (lifetimeMs === undefined) return PERMANENT_RENEWAL_MS;
  return Math.max(MIN_RENEWAL_MS, Math.min(lifetimeMs, LEASE_S * 1_000) / 2);
}
