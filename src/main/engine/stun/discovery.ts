/**
 * Finding our public addresses (patent S100): every STUN server is asked at once from the sockets that calls use, and the one with the
 * shortest round trip is the nearest.
 */
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import type { NetworkState } from '../../../shared/app.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, Outside } from '../outside/index.ts';
import { DISCOVERY_PAUSES_MS, MAX_STUN_SERVERS, TRANSACTION_ID_BYTES } from './constants.ts';
import { canonicalIp } from './ip.ts';
import { encodeStun, findAttribute, METHOD_BINDING, type StunMessage } from './message.ts';
import type { Transaction, Transactions } from './transactions.ts';

export interface StunServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface DiscoveryOptions {
  readonly outside: Outside;
  readonly transactions: Transactions;
  /** Sends from the calls' own socket of the family. False when there is none. */
  readonly send: (family: AddressFamily, datagram: Buffer, port: number, address: string) => boolean;
  /** The answers changed. */
  readonly onChange: () => void;
  /** A server answered, with whatever. */
  readonly onAnswer?: (family: AddressFamily) => void;
  readonly logger: Logger;
}

/** A server that answered the calls' own socket. */
export interface AnsweredServer {
  readonly address: string;
  readonly port: number;
  readonly rttMs: number;
  readonly mapped: TransportAddress;
  /** When it answered last, by `clock.now()`. */
  readonly answeredAtMs: number;
  /** RFC 5780 §7.4 OTHER-ADDRESS: where it says that it can be asked too. Nothing has proved it. */
  readonly other?: TransportAddress;
}

type State = NetworkState['stun'][number]['state'];

/** One address of one server. */
interface Target {
  readonly family: AddressFamily;
  readonly address: string;
  readonly port: number;
  state: State;
  rttMs?: number;
  mapped?: TransportAddress;
  other?: TransportAddress;
  answeredAtMs: number;
  transaction?: Transaction;
}

interface Server extends StunServerAddress {
  targets: Target[];
  unresolved: boolean;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  #servers: Server[] = [];
  #round = 0;
  #closed = false;
  #lastRoundAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** When the servers were last asked, by `clock.now()`. */
  get lastRoundAtMs(): number {
    return this.#lastRoundAtMs;
  }

  /** Replaces the servers and asks them, unless they are the same. */
  setServers(servers: readonly StunServerAddress[]): void {
    const wanted = servers.slice(0, MAX_STUN_SERVERS);
    const same =
      wanted.length === this.#servers.length &&
      wanted.every(({ host, port }, i) => this.#servers[i]?.host === host && this.#servers[i]?.port === port);
    if (same) return;
    this.#stopTransactions();
    this.#servers = wanted.map(({ host, port }) => ({ host, port, targets: [], unresolved: false }));
    this.refresh();
  }

  /** Asks every server again. Earlier answers stay until they are contradicted. */
  refresh(): void {
    if (this.#closed) return;
    this.#lastRoundAtMs = this.#options.outside.clock.now();
    const round = ++this.#round;
    for (const server of this.#servers) {
      this.#resolve(server).then(
        (targets) => {
          if (round !== this.#round || this.#closed) return;
          this.#adopt(server, targets);
          for (const target of server.targets) this.#ask(target);
          this.#options.onChange();
        },
        (error: unknown) => {
          if (round !== this.#round || this.#closed) return;
          server.unresolved = true;
          this.#options.logger.info({ err: error, host: server.host }, 'STUN server name not found');
          this.#options.onChange();
        },
      );
    }
    this.#options.onChange();
  }

  /** Keeps the mapping at the NAT alive with one request a family, to the nearest server. */
  keepAlive(): void {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const [nearest] = this.#answered(family);
      if (nearest) this.#ask(nearest);
    }
  }

  /** Our addresses as the servers see them, nearest server first, each once. */
  mapped(family: AddressFamily): TransportAddress[] {
    const found: TransportAddress[] = [];
    for (const { mapped } of this.#answered(family)) {
      if (mapped && !found.some(({ address, port }) => address === mapped.address && port === mapped.port)) {
        found.push(mapped);
      }
    }
    return found;
  }

  /** The servers that answered, nearest first. */
  answered(family: AddressFamily): AnsweredServer[] {
    return this.#answered(family).flatMap(({ address, port, rttMs, mapped, answeredAtMs, other }) =>
      mapped && rttMs !== undefined ? [{ address, port, rttMs, mapped, answeredAtMs, other }] : [],
    );
  }

  /**
   * Whether UDP reaches any server: an answer shows that it does, also a wrong one; silence of all that could be asked that it may not.
   * `unknown` where there is nobody to ask.
   */
  udp(): 'unknown' | 'asking' | 'works' | 'silent' {
    const states = new Set(this.#servers.flatMap(({ targets }) => targets.map(({ state }) => state)));
    if (states.has('answered') || states.has('wrong')) return 'works';
    if (this.asking('IPv4') || this.asking('IPv6')) return 'asking';
    return states.has('silent') ? 'silent' : 'unknown';
  }

  /** Whether an answer is awaited in the family. */
  asking(family: AddressFamily): boolean {
    return this.#servers.some(
      ({ targets, unresolved }) =>
        (targets.length === 0 && !unresolved) ||
        targets.some((target) => target.family === family && target.state === 'asking'),
    );
  }

  state(): NetworkState['stun'] {
    const rows = this.#servers.map((server) => {
      const [best] = [...server.targets].sort(byUsefulness);
      const state: State = server.unresolved ? 'silent' : (best?.state ?? 'asking');
      return {
        server: isIP(server.host) === 6 ? `[${server.host}]:${server.port}` : `${server.host}:${server.port}`,
        state,
        rttMs: best?.rttMs,
        mapped: best?.mapped,
      };
    });
    const nearest = rows
      .filter(({ state }) => state === 'answered')
      .sort((a, b) => (a.rttMs ?? Number.POSITIVE_INFINITY) - (b.rttMs ?? Number.POSITIVE_INFINITY))[0];
    return rows.map((row) => ({ ...row, nearest: row === nearest }));
  }

  close(): void {
    this.#closed = true;
    this.#stopTransactions();
  }

  #stopTransactions(): void {
    for (const { targets } of this.#servers) for (const { transaction } of targets) transaction?.stop();
  }

  #answered(family: AddressFamily): Target[] {
    return this.#servers
      .flatMap(({ targets }) => targets)
      .filter((target) => target.family === family && target.state === 'answered')
      .sort((a, b) => (a.rttMs ?? 0) - (b.rttMs ?? 0));
  }

  /** The first address of each family. */
  async #resolve(server: Server): Promise<Target[]> {
    const found = isIP(server.host)
      ? [{ address: server.host, family: isIP(server.host) }]
      : await this.#options.outside.network.lookup(server.host);
    const targets: Target[] = [];
    for (const family of ['IPv4', 'IPv6'] as const) {
      const match = found.find((entry) => entry.family === (family === 'IPv4' ? 4 : 6));
      const address = match && canonicalIp(match.address);
      if (address) targets.push({ family, address, port: server.port, state: 'asking', answeredAtMs: 0 });
    }
    return targets;
  }

  #adopt(server: Server, targets: Target[]): void {
    server.unresolved = targets.length === 0;
    const kept = targets.map(
      (target) => server.targets.find(({ address }) => address === target.address) ?? target,
    );
    for (const old of server.targets) if (!kept.includes(old)) old.transaction?.stop();
    server.targets = kept;
  }

  #ask(target: Target): void {
    target.transaction?.stop();
    const { outside, send, transactions } = this.#options;
    const transactionId = outside.random.bytes(TRANSACTION_ID_BYTES);
    const request = encodeStun(
      { method: METHOD_BINDING, class: 'request', transactionId, attributes: [] },
      { fingerprint: true },
    );
    const transaction = transactions.start({
      transactionId,
      pausesMs: DISCOVERY_PAUSES_MS,
      send: () => {
        if (!send(target.family, request, target.port, target.address)) this.#settle(target, 'silent');
      },
      onResponse: (response, _datagram, source) => {
        // RFC 8489 §6.3: an answer from elsewhere is nobody's answer.
        if (source.address !== target.address || source.port !== target.port) return false;
        const nowMs = outside.clock.now();
        // A repeated request leaves open which sending was answered; the last one is the better guess.
        const rttMs = nowMs - (target.transaction?.lastSentAtMs ?? nowMs);
        this.#accept(target, response, rttMs);
        return true;
      },
      onTimeout: () => this.#settle(target, 'silent'),
    });
    target.transaction = transaction;
  }

  #accept(target: Target, response: StunMessage, rttMs: number): void {
    const mapped = findAttribute(response, 'xor-mapped-address') ?? findAttribute(response, 'mapped-address');
    if (response.class !== 'success' || !mapped || mapped.port === 0) {
      this.#settle(target, 'wrong');
      return;
    }
    const changed = target.mapped?.address !== mapped.address || target.mapped?.port !== mapped.port;
    target.rttMs = target.rttMs === undefined || changed ? rttMs : Math.min(target.rttMs, rttMs);
    target.mapped = { address: mapped.address, port: mapped.port };
    const other = findAttribute(response, 'other-address');
    target.other = other && { address: other.address, port: other.port };
    target.answeredAtMs = this.#options.outside.clock.now();
    const isNews = changed || target.state !== 'answered';
    target.state = 'answered';
    // Whoever hears of the change finds that a survey of the NAT has begun.
    this.#options.onAnswer?.(target.family);
    if (isNews) this.#settle(target, 'answered');
  }

  #settle(target: Target, state: State): void {
    target.state = state;
    if (state !== 'answered') {
      target.mapped = undefined;
      target.rttMs = undefined;
    }
    if (!this.#closed) this.#options.onChange();
  }
}

/** Answers first, and IPv4 among them: it is the family whose NAT people ask about. */
function byUsefulness(a: Target, b: Target): number {
  const rank: Record<State, number> = { answered: 0, wrong: 1, asking: 2, silent: 3 };
  return rank[a.state] - rank[b.state] || (a.family === b.family ? 0 : a.family === 'IPv4' ? -1 : 1);
}
