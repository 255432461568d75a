/**
 * One run of the tests for one address family. The calls' own socket asks for its mapping; new sockets show how ports are given, and
 * what a filter lets in that has been opened to one address alone. Everything is asked at once, so that a call placed a moment later
 * can use the answers.
 */
import type { Logger } from 'pino';
import type { NatBehaviour } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, Outside } from '../outside/index.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import type { StunAttribute } from '../stun/message.ts';
import { type AllocationSample, allocationFrom } from './allocation.ts';
import { type Answer, ask, isSame, type Question } from './ask.ts';
import { FRESH_SOCKETS, MAX_ALTERNATES_TRIED, MAX_PLAIN_SIGHTINGS, QUESTION_PAUSES_MS } from './constants.ts';
import { filteringFrom } from './filtering.ts';
import { FreshSocket } from './fresh-socket.ts';
import { findHairpinning } from './hairpinning.ts';
import { mappingFrom, type Sighting } from './mapping.ts';
import type { NamedAddresses } from './named-addresses.ts';
import { isUsableAlternate } from './scope.ts';
import type { Road } from './types.ts';

export type Findings = Partial<Pick<NatBehaviour, 'mapping' | 'filtering' | 'allocation' | 'hairpinning'>>;

/** A server with RFC 5780: its two addresses and two ports make four. */
export interface FullServer extends AnsweredServer {
  readonly other: TransportAddress;
}

export interface SurveyOptions {
  readonly outside: Outside;
  readonly family: AddressFamily;
  /** The calls' own socket; closed when the run has to end. */
  readonly road: Road;
  /** Servers that answered by now, nearest first. At least one at the start. */
  readonly servers: () => readonly AnsweredServer[];
  /** Servers with RFC 5780 that had their turn; those of this run are added. */
  readonly tried: Set<string>;
  /** Whether an address is one of our own interfaces'. */
  readonly isOwn: (address: string) => boolean;
  readonly bindAddress?: string;
  readonly named: NamedAddresses;
  /** Told of each finding as soon as it is one. */
  readonly found: (findings: Findings) => void;
  readonly logger: Logger;
}

/** Servers that say they have RFC 5780 and can be meant. */
export function fullServers(servers: readonly AnsweredServer[]): FullServer[] {
  return servers.filter(
    (server): server is FullServer => server.other !== undefined && isUsableAlternate(server, server.other),
  );
}

/** How the servers that had their turn are remembered. */
export function nameOf({ address, port }: TransportAddress): string {
  return `${address} ${port}`;
}

/** Resolves with the server whose other address proved itself, or null; nothing of the run is left open then. */
export async function survey(options: SurveyOptions): Promise<FullServer | null> {
  const fresh = await openFresh(options);
  const closeFresh = () => {
    for (const socket of fresh) socket.close();
  };
  options.road.closed.addEventListener('abort', closeFresh, { once: true });
  try {
    return await new Survey(options, fresh).run();
  } finally {
    options.road.closed.removeEventListener('abort', closeFresh);
    closeFresh();
  }
}

async function openFresh({ outside, family, bindAddress, logger }: SurveyOptions): Promise<FreshSocket[]> {
  const opened = await Promise.allSettled(
    Array.from({ length: FRESH_SOCKETS }, () => FreshSocket.open(outside, family, bindAddress)),
  );
  return opened.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    logger.info({ err: result.reason, family }, 'no further socket for the questions about the NAT');
    return [];
  });
}

class Survey {
  readonly #options: SurveyOptions;
  readonly #fresh: readonly FreshSocket[];
  /** What the calls' own socket has asked. */
  readonly #asked: TransportAddress[] = [];
  readonly #sightings: Sighting[] = [];
  /** Each at the place of its request among those that were sent; those of the calls' own socket are apart. */
  readonly #freshSamples: (AllocationSample | undefined)[] = [];
  readonly #ownSamples: (AllocationSample | undefined)[] = [];
  #mapping: NatBehaviour['mapping'];

  constructor(options: SurveyOptions, fresh: readonly FreshSocket[]) {
    this.#options = options;
    this.#fresh = fresh;
  }

  async run(): Promise<FullServer | null> {
    const servers = this.#options.servers();
    const nearest = fullServers(servers)[0] ?? servers[0];
    if (!nearest) return null;
    // Nothing waits before all of this is sent: the order of sending is the order in which the mappings are made.
    const samples = this.#fresh.map((socket, place) => this.#sample(socket, nearest, place));
    const own = this.#sight(nearest);
    const examined = this.#examineOneAfterAnother(own);
    await Promise.all(samples);
    const proved = await examined;
    this.#decide();
    await this.#findHairpinning(await own, await samples[1]);
    return proved;
  }

  /** Until the other address of one of them answers; plain ones have their say where none does. */
  async #examineOneAfterAnother(own: Promise<Answer>): Promise<FullServer | null> {
    const examined = new Set<string>();
    for (const socket of this.#fresh.slice(0, MAX_ALTERNATES_TRIED)) {
      const server = fullServers(this.#options.servers()).find((known) => !examined.has(nameOf(known)));
      if (!server || this.#isOver) break;
      examined.add(nameOf(server));
      this.#options.tried.add(nameOf(server));
      const alternates = this.#sightAlternates(server);
      // A socket that has spoken to the nearest server alone: its filter is closed to this one's other addresses.
      const filtering = this.#findFiltering(server, socket, alternates);
      const { otherAddress } = await alternates;
      await own;
      if (otherAddress) this.#decide();
      await filtering;
      if (otherAddress) return server;
    }
    if (!this.#isOver) await this.#sightPlain();
    return null;
  }

  get #isOver(): boolean {
    return this.#options.road.closed.aborted;
  }

  #ask(road: Road, to: TransportAddress, rest: Partial<Question> = {}): Promise<Answer> {
    return ask(this.#options.outside, road, { to, pausesMs: QUESTION_PAUSES_MS, ...rest });
  }

  /** Asks from the calls' own socket. */
  async #sight(server: TransportAddress, rest?: Partial<Question>): Promise<Answer> {
    this.#asked.push(server);
    const answer = await this.#ask(this.#options.road, server, rest);
    if (answer.kind === 'answered') {
      this.#sightings.push({ server, mapped: answer.mapped });
      // The one verdict that no later sighting changes.
      const verdict = mappingFrom(this.#sightings);
      if (verdict?.mapping === 'endpoint-independent') this.#tellMapping(verdict.mapping);
    }
    return answer;
  }

  async #sightPlain(): Promise<void> {
    const others = this.#options
      .servers()
      .filter((server) => !this.#asked.some((asked) => isSame(asked, server)));
    await Promise.all(others.slice(0, MAX_PLAIN_SIGHTINGS).map((server) => this.#sight(server)));
  }

  /** RFC 5780 §4.3 tests II and III, and the server's other port for a third. */
  async #sightAlternates(server: FullServer): Promise<{ otherAddress: boolean; otherPort: boolean }> {
    const { named, road } = this.#options;
    const { other } = server;
    const sightNamed = async (at: TransportAddress): Promise<boolean> => {
      const place = this.#ownSamples.push(undefined) - 1;
      const answer = await this.#sight(at, { maySend: () => named.maySend(at.address) });
      if (answer.kind === 'answered') {
        named.answered(at.address);
        this.#ownSamples[place] = { localPort: road.localPort, mapped: answer.mapped };
      }
      return answer.kind === 'answered';
    };
    const [otherPort, , otherAddress] = await Promise.all([
      sightNamed({ address: server.address, port: other.port }),
      sightNamed({ address: other.address, port: server.port }),
      sightNamed(other),
    ]);
    return { otherPort, otherAddress };
  }

  async #sample(socket: FreshSocket, server: TransportAddress, place: number): Promise<Answer> {
    const answer = await this.#ask(socket, server);
    if (answer.kind === 'answered') {
      this.#freshSamples[place] = { localPort: socket.localPort, mapped: answer.mapped };
    }
    return answer;
  }

  #decide(): void {
    if (this.#isOver) return;
    const verdict = mappingFrom(this.#sightings);
    if (verdict) this.#tellMapping(verdict.mapping);
    // With a mapping for all, the questions of the calls' own socket made no new ones.
    const own = this.#mapping === 'endpoint-independent' ? [] : this.#ownSamples;
    const samples = [...this.#freshSamples, ...own].filter((sample) => sample !== undefined);
    const allocation = allocationFrom(samples, this.#mapping);
    if (allocation) this.#options.found({ allocation });
  }

  #tellMapping(mapping: NonNullable<NatBehaviour['mapping']>): void {
    if (this.#mapping === mapping) return;
    this.#mapping = mapping;
    this.#options.found({ mapping });
  }

  /** RFC 5780 §4.4, from a socket that has spoken to the server's first address alone. */
  async #findFiltering(
    server: FullServer,
    socket: FreshSocket,
    alternates: Promise<{ otherAddress: boolean; otherPort: boolean }>,
  ): Promise<void> {
    const { other } = server;
    const fromOtherPort = this.#ask(socket, server, {
      attributes: [CHANGE_PORT],
      answerFrom: { address: server.address, port: other.port },
    });
    const fromOther = await this.#ask(socket, server, { attributes: [CHANGE_BOTH], answerFrom: other });
    const otherAddress = fromOther.kind === 'answered';
    const otherPort = otherAddress || (await fromOtherPort).kind === 'answered';
    const { otherAddress: otherAddressAnswers, otherPort: otherPortAnswers } = await alternates;
    if (this.#isOver || fromOther.kind === 'refused') return;
    // Silence of an address that never speaks says nothing of a filter.
    if (!otherAddress && !(otherAddressAnswers && (await this.#keepsWord(server)))) return;
    const filtering = filteringFrom({ otherAddress, otherPort, otherPortAnswers });
    if (filtering && !this.#isOver) this.#options.found({ filtering });
  }

  /**
   * Whether the server answers from its other address where no filter stands in the way: at the calls' own socket, which has spoken
   * to that address. Where each address sees another mapping, that cannot be tried, and its word is taken.
   */
  async #keepsWord(server: FullServer): Promise<boolean> {
    if (this.#mapping !== 'endpoint-independent') return true;
    const answer = await this.#ask(this.#options.road, server, {
      attributes: [CHANGE_BOTH],
      answerFrom: server.other,
    });
    return answer.kind === 'answered';
  }

  /** Between the calls' own socket and a new one, where others see both as this server does. */
  async #findHairpinning(own: Answer, second: Answer | undefined): Promise<void> {
    const { outside, road, isOwn, named, found } = this.#options;
    const socket = this.#fresh[1];
    if (own.kind !== 'answered' || second?.kind !== 'answered' || !socket || isOwn(own.mapped.address))
      return;
    if (this.#mapping !== 'endpoint-independent') return;
    const ends = [
      { road, mapped: own.mapped },
      { road: socket, mapped: second.mapped },
    ] as const;
    const hairpinning = await findHairpinning(outside, ends, named);
    if (hairpinning !== undefined && !this.#isOver) found({ hairpinning });
  }
}

const CHANGE_BOTH: StunAttribute = { name: 'change-request', changeAddress: true, changePort: true };
const CHANGE_PORT: StunAttribute = { name: 'change-request', changeAddress: false, changePort: true };
