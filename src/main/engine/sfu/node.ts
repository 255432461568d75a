/**
 * The SFU node (patent S140, S142, S144): this machine's line, lent to others by somebody who said so. Guests come to the calls' own
 * socket, and what they send to each other is forwarded unread. Who they are nobody here knows.
 *
 *   off ──enabled──▶ serving ──disabled──▶ leaving (goodbye, guests move) ──▶ off
 */
import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { NatBehaviour } from '../../../shared/network.ts';
import type { CarrierEnd, NodeOffer, NodeStanding } from '../../../shared/rendezvous.ts';
import { MAX_NODE_ADDRESSES } from '../../../shared/rendezvous.ts';
import type { VolunteerState } from '../../../shared/volunteer.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { Clock, DatagramSocket, Forwarding, Random, Timer } from '../outside/index.ts';
import { ChannelsUsedUpError } from '../path/errors.ts';
import type { StunMessage } from '../stun/message.ts';
import type { Guest, Leg } from './bridge.ts';
import { Bridges } from './bridges.ts';
import {
  CARRIER_BYTES,
  GOODBYES_MS,
  LEAVE_LIMIT_MS,
  NAME_AGAIN_MS,
  NODE_LEGS_PER_ADDRESS,
  RATE_MEASURE_MS,
  TICKET_VERSION,
} from './constants.ts';
import { ExpectedGuests } from './expected-guests.ts';
import { JoinBudget } from './join-budget.ts';
import { NodeOffers } from './node-offers.ts';
import { NodeOutcomes } from './node-outcomes.ts';
import { NodeRates } from './node-rates.ts';
import { answerProbe } from './probe.ts';
import { readTicket } from './ticket.ts';

/** The calls' sockets, as the path service lends them. */
export interface NodeSockets {
  readonly channels: {
    /** @throws ChannelsUsedUpError */
    take(owner: {
      receiveFrame(datagram: Buffer, socket: DatagramSocket, address: string, port: number): void;
    }): number;
    release(channel: number): void;
  };
  publicAddresses(): TransportAddress[];
  serve(host: { receive(message: StunMessage, guest: Guest): void } | null): void;
  send(datagram: Buffer, to: TransportAddress): void;
  /** Undefined where there is no thread for it. */
  openForwarding(): Promise<Forwarding | undefined>;
}

/** The rendezvous server, as far as a node speaks to it. */
export interface NodeServer {
  isConnected(): boolean;
  /** Whose signature makes a ticket. */
  ticketKey(): KeyObject | null;
  /** False when it cannot be told now. */
  offer(offer: NodeOffer): boolean;
  withdraw(carrier: string): void;
}

/** What is lent now. */
export interface Loan {
  readonly enabled: boolean;
  /** Calls carried at once. */
  readonly bridges: number;
  /** What all of them together may send now, kbit/s. */
  readonly kbitPerS: number;
  /** What the server is told of that, kbit/s, so that it need not follow every movement. The same where absent. */
  readonly offeredKbitPerS?: number;
  /** Guests who are here may stay; nobody else may come. */
  readonly closed?: boolean;
}

export type NodeCounters = Pick<
  VolunteerState,
  'peopleHelped' | 'bytesForwarded' | 'refused' | 'worked' | 'failed'
>;

export type NodeState = NodeCounters & {
  /** Calls that are carried now, the oldest first. */
  readonly bridges: VolunteerState['bridges'];
  /** `off` also while nothing is known of a wish. */
  readonly state: Exclude<VolunteerState['state'], 'resting'>;
};

export interface SfuNodeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly sockets: NodeSockets;
  readonly server: NodeServer;
  readonly behaviour: () => NatBehaviour | undefined;
  readonly landmarks: () => CarrierEnd['landmarks'];
  readonly settings: () => Loan;
  /** `state()` has changed. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** From switching on to being gone: one name, one set of bridges. */
interface Service {
  readonly carrier: Buffer;
  readonly bridges: Bridges;
  readonly offers: NodeOffers;
  readonly expected: ExpectedGuests;
  readonly rates: NodeRates;
  readonly outcomes: NodeOutcomes;
  standing: NodeStanding | undefined;
  measureTimer: Timer;
  /** The thread that forwards; what comes before it is there is forwarded here. */
  forwarding: Forwarding | undefined;
  /** While it is being started. */
  opening: Promise<void> | undefined;
  /** Set once it leaves. */
  gone: Promise<void> | undefined;
  leaveNow: (() => void) | undefined;
}

export class SfuNode {
  readonly #options: SfuNodeOptions;
  #service: Service | undefined;
  #closed = false;
  /** As it was last looked at: it is asked for with every packet that is sent on. */
  #settings: Loan;
  /** Of services that are over. */
  readonly #before = { carried: 0, bytes: 0, refused: 0, worked: 0, failed: 0 };

  constructor(options: SfuNodeOptions) {
    this.#options = options;
    this.#settings = options.settings();
  }

  /** The settings, our network or the connection to the server may have changed. */
  look(): void {
    if (this.#closed) return;
    this.#settings = this.#options.settings();
    this.#service?.bridges.limitsChanged();
    const { enabled } = this.#settings;
    const service = this.#service;
    if (enabled && !service) this.#start();
    else if (service && (!enabled || this.#hasMoved(service))) void this.#leave(service);
    else if (service && !service.gone) service.offers.look();
    this.#options.onChange();
  }

  /** The server was reached, perhaps another one, or one that has forgotten us. */
  serverConnected(): void {
    const service = this.#service;
    if (service && !service.gone) {
      // What was judged was judged by a server that may be another one now.
      service.standing = undefined;
      service.offers.again();
    }
    this.#options.onChange();
  }

  standing({ carrier, standing }: { carrier: string; standing: NodeStanding }): void {
    const service = this.#service;
    if (!service || service.gone || carrier !== nameOf(service)) return;
    service.standing = standing;
    this.#options.logger.info({ standing }, 'the server has judged our node');
    if (standing === 'name-taken') {
      // Guests that are here know us by this name; without any, another name is as good.
      if (service.bridges.size > 0) service.offers.again(NAME_AGAIN_MS);
      else void this.#leave(service);
    }
    this.#options.onChange();
  }

  /** The server has sent guests our way. */
  expectGuests(frame: { carrier: string; addresses: readonly TransportAddress[] }): void {
    const service = this.#service;
    if (service && !service.gone && frame.carrier === nameOf(service))
      service.expected.expect(frame.addresses);
  }

  /** Whether a ticket is for this very machine, which would carry its user's own call in a circle. */
  isOwn(ticket: Buffer): boolean {
    return this.#service !== undefined && readTicket(ticket)?.carrier.equals(this.#service.carrier) === true;
  }

  /** Calls that are carried now. */
  get bridges(): number {
    return this.#service?.bridges.size ?? 0;
  }

  /** All of them together at the last measurement, kbit/s. */
  get kbitPerS(): number {
    return this.#service?.rates.kbitPerS ?? 0;
  }

  /** Guests are served, or still moving away. */
  get isServing(): boolean {
    return this.#service !== undefined;
  }

  state(): NodeState {
    const bridges = this.#service?.rates.bridges(this.#options.clock.now()) ?? [];
    return { state: this.#word(), bridges, ...this.counters() };
  }

  /** Since the start of the app. */
  counters(): NodeCounters {
    const service = this.#service;
    const now = service?.bridges;
    return {
      peopleHelped: 2 * (this.#before.carried + (now?.carried ?? 0)),
      bytesForwarded: this.#before.bytes + (now?.bytesForwarded ?? 0),
      refused: this.#before.refused + (now?.refused ?? 0),
      worked: this.#before.worked + (service?.outcomes.worked ?? 0),
      failed: this.#before.failed + (service?.outcomes.failed ?? 0),
    };
  }

  /** Takes leave of all guests, who have a moment to move. Closing again waits for the same end. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#service) await this.#leave(this.#service);
  }

  #word(): NodeState['state'] {
    const service = this.#service;
    if (!service) return 'off';
    if (service.gone) return 'leaving';
    if (!this.#options.server.isConnected()) return 'no-server';
    return service.standing ?? (this.#offer(service) ? 'probing' : 'no-address');
  }

  #start(): void {
    const { clock, random, sockets, server, logger } = this.#options;
    const carrier = random.bytes(CARRIER_BYTES);
    const budget = new JoinBudget();
    const bridges: Bridges = new Bridges({
      clock,
      random,
      ticketKey: () => server.ticketKey(),
      carrier,
      limits: () => ({
        bridges: service.gone || this.#settings.closed ? 0 : this.#settings.bridges,
        bridgesPerAddress: NODE_LEGS_PER_ADDRESS,
      }),
      totalKbitPerS: () => this.#settings.kbitPerS,
      mayVerify: (address, nowMs) => budget.take(address, nowMs),
      takeChannel: (make) => takeChannel(sockets, bridges, make),
      releaseChannel: (channel) => sockets.channels.release(channel),
      onChange: () => this.#bridgesChanged(service),
    });
    const service: Service = {
      carrier,
      bridges,
      offers: new NodeOffers({
        clock,
        offer: () => this.#offer(service),
        tell: (offer) => server.offer(offer),
      }),
      expected: new ExpectedGuests(clock, random, (datagram, to) => sockets.send(datagram, to)),
      rates: new NodeRates(bridges, clock.now()),
      outcomes: new NodeOutcomes(bridges),
      standing: undefined,
      measureTimer: undefined,
      forwarding: undefined,
      opening: undefined,
      gone: undefined,
      leaveNow: undefined,
    };
    this.#service = service;
    sockets.serve({
      receive: (message, guest) => {
        const answer = answerProbe(message, carrier);
        if (answer) guest.socket.send(answer, 0, answer.length, guest.port, guest.address);
        else bridges.receive(message, guest);
      },
    });
    service.opening = this.#openForwarding(service);
    logger.info('lends its line as a node');
    service.offers.look();
  }

  async #openForwarding(service: Service): Promise<void> {
    const { sockets, logger } = this.#options;
    try {
      service.forwarding = await sockets.openForwarding();
      logger.info({ own: service.forwarding !== undefined }, 'a thread for forwarding was asked for');
      if (!service.forwarding) return;
      service.bridges.forwardThrough(service.forwarding);
      void service.forwarding.ended.then((error) => {
        if (error)
          logger.error(
            { err: error },
            'the thread for forwarding is gone: it is done beside everything else',
          );
      });
    } catch (error) {
      logger.warn({ err: error }, 'no thread for forwarding: it is done beside everything else');
    } finally {
      service.opening = undefined;
    }
  }

  #offer({ carrier, bridges, rates }: Service): NodeOffer | null {
    const { sockets, behaviour, landmarks } = this.#options;
    const addresses = sockets.publicAddresses().slice(0, MAX_NODE_ADDRESSES);
    const known = behaviour();
    if (addresses.length === 0 || !known) return null;
    const limits = this.#settings;
    const room = limits.closed ? Math.min(bridges.size, limits.bridges) : limits.bridges;
    return {
      carrier: carrier.toString('base64url'),
      addresses: addresses.map(({ address, port }) => ({ address, port })),
      behaviour: known,
      capacity: { bridges: room, kbitPerS: limits.offeredKbitPerS ?? limits.kbitPerS },
      load: { bridges: bridges.size, kbitPerS: Math.round(rates.kbitPerS) },
      version: TICKET_VERSION,
      landmarks: landmarks(),
    };
  }

  /** Guests reach us nowhere any more where they were told that we are: whoever is here must find another carrier. */
  #hasMoved({ offers, gone }: Service): boolean {
    const now = this.#options.sockets.publicAddresses();
    if (gone || offers.toldAddresses.length === 0 || now.length === 0) return false;
    return !offers.toldAddresses.some((told) =>
      now.some(({ address, port }) => address === told.address && port === told.port),
    );
  }

  #bridgesChanged(service: Service): void {
    service.outcomes.look(this.#options.clock.now());
    if (service.gone && service.bridges.size === 0) service.leaveNow?.();
    else if (!service.gone) {
      service.offers.look();
      this.#measureLater(service);
    }
    this.#options.onChange();
  }

  /** Rates are measured while somebody is here. */
  #measureLater(service: Service): void {
    const { clock, onChange } = this.#options;
    if (service.measureTimer !== undefined || service.bridges.size === 0) return;
    service.measureTimer = clock.setTimer(() => {
      service.measureTimer = undefined;
      service.rates.measure(clock.now());
      service.outcomes.look(clock.now());
      service.offers.look();
      this.#measureLater(service);
      onChange();
    }, RATE_MEASURE_MS);
  }

  #leave(service: Service): Promise<void> {
    service.gone ??= this.#leaveOnce(service);
    return service.gone;
  }

  async #leaveOnce(service: Service): Promise<void> {
    const { clock, server, sockets, logger } = this.#options;
    const { bridges, offers, expected } = service;
    offers.close();
    expected.close();
    clock.clearTimer(service.measureTimer);
    server.withdraw(nameOf(service));
    if (bridges.size > 0) {
      logger.info({ bridges: bridges.size }, 'says goodbye to its guests');
      bridges.sayGoodbye();
      const timers = GOODBYES_MS.map((delayMs) => clock.setTimer(() => bridges.sayGoodbye(), delayMs));
      await new Promise<void>((resolve) => {
        service.leaveNow = resolve;
        timers.push(clock.setTimer(resolve, LEAVE_LIMIT_MS));
      });
      for (const timer of timers) clock.clearTimer(timer);
    }
    sockets.serve(null);
    bridges.close();
    if (service.opening) await service.opening;
    if (service.forwarding) await service.forwarding.close();
    this.#before.carried += bridges.carried;
    this.#before.bytes += bridges.bytesForwarded;
    this.#before.refused += bridges.refused;
    this.#before.worked += service.outcomes.worked;
    this.#before.failed += service.outcomes.failed;
    this.#service = undefined;
    // It may have been switched on again meanwhile, or wants another name.
    this.look();
  }
}

function nameOf({ carrier }: Service): string {
  return carrier.toString('base64url');
}

/** The owner of a leg's channel is made once a leg: per packet there is a look-up and a call. */
function takeChannel(
  { channels }: NodeSockets,
  bridges: Bridges,
  make: (channel: number) => Leg,
): number | undefined {
  let leg: Leg | undefined;
  const owner = {
    receiveFrame(datagram: Buffer, socket: DatagramSocket, address: string, port: number) {
      if (leg) bridges.forward(leg, datagram, socket, address, port);
    },
  };
  let channel: number;
  try {
    channel = channels.take(owner);
  } catch (error) {
    if (error instanceof ChannelsUsedUpError) return undefined; // The guest is told that there is no room.
    throw error;
  }
  leg = make(channel);
  return channel;
}
