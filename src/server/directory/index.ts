/**
 * Who could forward a call: the answer to `find-carriers`, best first, each with a ticket (patent S140). Nodes come before the public
 * relay, and are told which guests to expect.
 */
import { randomBytes } from 'node:crypto';
import type { CarrierPlace } from '../../main/engine/sfu/ticket.ts';
import { canonicalIp } from '../../main/engine/stun/ip.ts';
import type { Carrier, CarrierEnd, ClientFrame, ServerFrame } from '../../shared/rendezvous.ts';
import type { TransportAddress } from '../../shared/words.ts';
import type { Clock } from '../clock.ts';
import { RATE_MEMORY } from '../constants.ts';
import type { Metrics } from '../metrics.ts';
import { limitKey } from '../source-address.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import { type Chosen, chooseNodes } from './choice.ts';
import { QUESTION_BURST, QUESTIONS_PER_SECOND, UNVOUCHED_BURST, UNVOUCHED_PER_SECOND } from './constants.ts';
import type { LandmarkNames } from './distance.ts';
import type { DirectoryNode } from './node.ts';
import { type NodeOwner, Nodes } from './nodes.ts';
import type { Prober } from './prober.ts';
import { type Knowledge, knowledgeOf } from './reach.ts';
import { Reputation } from './reputation.ts';
import { Reservations } from './reservations.ts';
import { isLoopback, mayBeSentTo } from './scope.ts';
import type { Tickets } from './tickets.ts';

type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>;
type Carriers = Extract<ServerFrame, { type: 'carriers' }>;

/** The public relay, as callers are told of it. */
export interface RelayPlace {
  /** Its name as a carrier, 32 bytes. */
  readonly carrier: Buffer;
  readonly addresses: Carrier['addresses'];
  readonly urls: readonly string[];
}

export interface DirectoryParts {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'carrierChoices' | 'carrierReports'>;
  readonly tickets: Tickets;
  readonly prober: Pick<Prober, 'shows'>;
  readonly landmarks: LandmarkNames;
  /** Undefined where this server runs none. */
  readonly relay: RelayPlace | undefined;
  /** Whether a user names another one as a contact. */
  readonly isContactOf: (userId: string, contact: string) => boolean;
  /** Callers and nodes may all be on this machine, where they share an address and no NAT. */
  readonly oneMachine: boolean;
  /** The most a bridge may send each way. */
  readonly kbitPerS: number;
  /** From 0 to below 1, in place of the system's chance, so that a simulated run can be had again. */
  readonly chance?: () => number;
}

export class Directory {
  readonly nodes: Nodes;
  readonly #parts: DirectoryParts;
  readonly #reputation = new Reputation();
  readonly #reservations = new Reservations();
  readonly #questions = new KeyedTokenBuckets(
    { perSecond: QUESTIONS_PER_SECOND, burst: QUESTION_BURST },
    RATE_MEMORY,
  );
  readonly #unvouched = new KeyedTokenBuckets(
    { perSecond: UNVOUCHED_PER_SECOND, burst: UNVOUCHED_BURST },
    RATE_MEMORY,
  );

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.nodes = new Nodes({
      clock: parts.clock,
      prober: parts.prober,
      landmarks: parts.landmarks,
      demotionMs: (place, nowMs) => this.#reputation.demotionMs(place, nowMs),
    });
  }

  /** @param asker the machine that asks; one that asks too often is answered that there is nobody */
  find(asker: NodeOwner, question: Frame<'find-carriers'>): Carriers {
    const { clock, metrics, relay, tickets } = this.#parts;
    const { requestId, keys, exclude } = question;
    if (!this.#questions.take(asker.userId, clock.now())) {
      metrics.carrierChoices.inc({ result: 'limited' });
      return { type: 'carriers', requestId, carriers: [] };
    }
    this.#reservations.release(asker.userId);
    const relayName = relay?.carrier.toString('base64url');
    const mayRelay = relayName !== undefined && !exclude.includes(relayName);
    const chosen = this.#choose(asker, question, keys.length - (mayRelay ? 1 : 0));
    const guests = chosen.length > 0 ? this.#guestAddresses(asker, question) : [];
    const carriers: Carrier[] = [];
    for (const each of chosen) {
      const pair = keys[carriers.length];
      if (!pair) break;
      const { carrier } = each.node;
      const place = placeOf(each.node);
      const ticket = tickets.issue(Buffer.from(carrier, 'base64url'), place, pair);
      carriers.push({ ...place, carrier, ticket, rttMs: Math.round(each.rttMs) });
      this.#nodeChosen(each, ticket, guests, asker, question.otherUser);
    }
    const pair = keys[carriers.length];
    if (mayRelay && relay && pair) {
      const place = { kind: 'relay' as const, addresses: relay.addresses, urls: [...relay.urls] };
      const ticket = tickets.issue(relay.carrier, place, pair);
      carriers.push({ ...place, carrier: relayName, ticket });
    }
    metrics.carrierChoices.inc({ result: chosen.length > 0 ? 'nodes' : mayRelay ? 'relay' : 'nobody' });
    return { type: 'carriers', requestId, carriers };
  }

  report(reporter: NodeOwner, report: Frame<'carrier-report'>): void {
    const source = limitKey(reporter.address);
    const nowMs = this.#parts.clock.now();
    const owner = this.nodes.ownerNamed(report.carrier);
    const isOwner =
      owner !== undefined && (owner.userId === reporter.userId || limitKey(owner.address) === source);
    const judged = this.#reputation.report(reporter.userId, source, report, nowMs, isOwner);
    this.#parts.metrics.carrierReports.inc({ outcome: judged ?? 'without-ticket' });
    if (judged === 'failed' || judged === 'dropped') this.nodes.doubt(report.carrier);
  }

  #choose(asker: NodeOwner, question: Frame<'find-carriers'>, count: number): Chosen[] {
    const { clock, landmarks, kbitPerS, chance = systemChance } = this.#parts;
    const knowledge = leastKnowledge(question.ends);
    if (count <= 0 || knowledge === null || this.nodes.index.size === 0) return [];
    const nowMs = clock.now();
    const [one, other] = [
      landmarks.position(question.ends[0].landmarks),
      landmarks.position(question.ends[1].landmarks),
    ];
    const excluded = new Set(question.exclude);
    const contact = this.#contactOf(asker, question.otherUser);
    const own = ownAddresses(asker, question, this.#parts.oneMachine);
    const isEligible = (node: DirectoryNode) =>
      node.userId !== asker.userId &&
      node.userId !== contact &&
      !excluded.has(node.carrier) &&
      node.freeBridges(kbitPerS, nowMs) >= 1 &&
      !node.reachable.some(({ address }) => own.has(address));
    const candidates = this.nodes.index.candidates(one, other, knowledge, chance, isEligible);
    return chooseNodes(candidates, { one, other, count, kbitPerS, nowMs, chance });
  }

  /**
   * Whose nodes are left out beside the asker's: those of the other end, or an asker who hides their address would show it to them. But
   * whoever may ask about anybody would find out which node is theirs, so this is done for those alone who name the asker as a contact.
   */
  #contactOf({ userId }: NodeOwner, otherUser: string | undefined): string | undefined {
    return otherUser !== undefined && this.#parts.isContactOf(otherUser, userId) ? otherUser : undefined;
  }

  #nodeChosen(
    { node, rttMs }: Chosen,
    ticket: string,
    addresses: TransportAddress[],
    asker: NodeOwner,
    otherUser: string | undefined,
  ): void {
    this.#reservations.reserve(asker.userId, node, this.#parts.clock.now());
    for (const userId of [asker.userId, otherUser]) {
      if (userId !== undefined) this.#reputation.granted(userId, node.carrier, { rttMs, place: node.place });
    }
    this.nodes
      .ownerNamed(node.carrier)
      ?.tell({ type: 'expect-guests', carrier: node.carrier, ticket, addresses });
  }

  /**
   * Where guests will come from. A node sends 40 bytes to each, so an address that is not the asker's own connection is passed on within
   * a budget. Where the other user connects from is not looked at: whoever may ask with any name and any address, and owns the node that
   * is told, could find out where somebody is.
   */
  #guestAddresses(asker: NodeOwner, { ends }: Frame<'find-carriers'>): TransportAddress[] {
    return ends.flatMap(({ address, port }) => {
      const canonical = address === undefined ? null : canonicalIp(address);
      if (canonical === null || port === undefined) return [];
      const isVouched = canonical === asker.address;
      if (!isVouched && !mayBeSentTo(canonical, asker.address)) return [];
      if (!isVouched && !this.#unvouched.take(asker.userId, this.#parts.clock.now())) return [];
      return [{ address: canonical, port }];
    });
  }
}

/**
 * What is behind the same address as an end is its own machine, or shares a NAT with it that may not turn packets round. On one machine
 * there is no NAT, and everybody has the loopback address. All from what the asker says: an answer that depended on what only we know
 * of the other user would tell it.
 */
function ownAddresses(asker: NodeOwner, { ends }: Frame<'find-carriers'>, oneMachine: boolean): Set<string> {
  const named = ends.flatMap(({ address }) => address ?? []);
  const own = [asker.address, ...named.map((address) => canonicalIp(address) ?? address)];
  return new Set(oneMachine ? own.filter((address) => !isLoopback(address)) : own);
}

function leastKnowledge([one, other]: readonly [CarrierEnd, CarrierEnd]): Knowledge | null {
  const [first, second] = [knowledgeOf(one), knowledgeOf(other)];
  if (first === null || second === null) return null;
  const [least = first] = [first, second].sort((a, b) => a - b);
  return least;
}

function placeOf({ reachable }: DirectoryNode): CarrierPlace {
  return {
    kind: 'sfu',
    addresses: reachable.map(({ address, port }) => ({ host: address, port })),
    urls: [],
  };
}

/** From 0 to below 1. Which of equal nodes a call gets must not be foreseen by whoever offers them. */
function systemChance(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}
