/** The connection to the rendezvous server, for as long as the app runs: it breaks and comes back, and what was under way goes on. */
import { EventEmitter } from 'node:events';
import type { ServerState } from '../../../shared/app.ts';
import {
  type CarrierOutcome,
  type ClientConfiguration,
  MAX_CONTACTS,
  type NodeOffer,
  type SealedEnvelope,
  type ServerFrame,
} from '../../../shared/rendezvous.ts';
import type { UserId } from '../../../shared/words.ts';
import type { Identity } from '../identity/identity.ts';
import type { Clock, Random, Timer } from '../outside/index.ts';
import { backOffMs, refusedRetryMs } from './back-off.ts';
import { Connection, type ConnectionEnd, type LaterFrame, type Welcome } from './connection.ts';
import { MAX_OPEN_DELIVERIES, STABLE_AFTER_MS } from './constants.ts';
import { SendError } from './errors.ts';
import { Outbox, type Sent } from './outbox.ts';
import { type CarriersAnswer, type CarriersQuestion, Questions, type TurnAnswer } from './questions.ts';

export type { Sent } from './outbox.ts';

/** As much of a logger as is needed here. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RendezvousClientOptions {
  /** `ws://` or `wss://`; certificates are checked. */
  readonly url: string;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface RendezvousClientEvents {
  state: [ServerState];
  presence: [UserId, boolean];
  /** The server is told that we have it when every handler has returned, and its promise, if any, is fulfilled. */
  envelope: [SealedEnvelope];
  /** After each welcome. The host is the one we reached the server at, without brackets. */
  configuration: [ClientConfiguration, string];
  /** What became of the offer of our node. */
  standing: [Extract<ServerFrame, { type: 'node-standing' }>];
  /** Guests are about to come to our node. */
  guests: [Extract<ServerFrame, { type: 'expect-guests' }>];
}

export class RendezvousClient extends EventEmitter<RendezvousClientEvents> {
  readonly #options: RendezvousClientOptions;
  readonly #url: URL | null;
  readonly #outbox: Outbox;
  readonly #questions: Questions;
  #state: ServerState;
  #connection: Connection | null = null;
  #running = false;
  #sessionId: string | undefined;
  #offsetMs = 0;
  #failures = 0;
  #timer: Timer = null;
  #contacts: readonly UserId[] = [];
  #contactLimit = MAX_CONTACTS;
  readonly #online = new Set<UserId>();
  #openDeliveries = 0;

  constructor(options: RendezvousClientOptions) {
    super();
    this.#options = options;
    this.#url = parseUrl(options.url);
    this.#outbox = new Outbox(options.clock);
    this.#questions = new Questions(options.clock, options.random);
    this.#state = { url: shownUrl(this.#url), embedded: false, state: 'stopped' };
  }

  get state(): ServerState {
    return this.#state;
  }

  /** How far the server's clock is ahead of ours, ms, as of the last welcome. */
  get serverTimeOffsetMs(): number {
    return this.#offsetMs;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#failures = 0;
    this.#dial();
  }

  /** Takes leave of the server. What still waits to be sent fails as `stopped`. Twice is fine. */
  async stop(): Promise<void> {
    const connection = this.#connection;
    this.#running = false;
    this.#connection = null;
    this.#sessionId = undefined;
    this.#options.clock.clearTimer(this.#timer);
    this.#outbox.failAll('stopped');
    this.#questions.failAll();
    this.#forgetPresence();
    if (this.#state.state !== 'stopped') this.#setState({ state: 'stopped' });
    await connection?.close();
  }

  /** Tries now instead of at the next back-off. A connection that stands has to prove that it still does. */
  reconnectNow(): void {
    if (!this.#running) return;
    if (this.#connection) {
      this.#connection.probe();
      return;
    }
    this.#failures = 0;
    this.#dial();
  }

  /** Addresses of this machine are gone; what stood on one of them is built anew at once. */
  addressesGone(gone: ReadonlySet<string>): void {
    if (!this.#running) return;
    this.#connection?.addressesGone(gone);
    this.reconnectNow();
  }

  /** Whose presence we want; replaces the list before. */
  setContacts(userIds: readonly UserId[]): void {
    this.#contacts = [...new Set(userIds)];
    const wanted = new Set(this.#contacts);
    for (const userId of this.#online) if (!wanted.has(userId)) this.#online.delete(userId);
    if (this.#state.state === 'connected') this.#tellContacts();
  }

  /**
   * Hands an envelope to the server, after a reconnect again if need be; the server takes it once.
   * @param ttlMs how long the server may keep it for machines that are away, ms
   * @throws SendError; the envelope may have arrived all the same
   */
  send(envelope: SealedEnvelope, ttlMs: number, signal?: AbortSignal): Promise<Sent> {
    if (!this.#running) return Promise.reject(new SendError('stopped'));
    const again = this.#outbox.has(envelope.id);
    const sent = this.#outbox.add(envelope, ttlMs, signal);
    if (!again && this.#outbox.has(envelope.id)) this.#connection?.send({ type: 'send', envelope, ttlMs });
    return sent;
  }

  /** Who could forward a call, each with a ticket. Null when the server cannot be asked now, or does not answer in time. */
  findCarriers(question: CarriersQuestion, signal?: AbortSignal): Promise<CarriersAnswer | null> {
    return this.#questions.ask(question, (frame) => this.#connection?.send(frame) ?? false, signal);
  }

  /** TURN servers, with credentials for this machine. Null as above. */
  findTurn(signal?: AbortSignal): Promise<TurnAnswer | null> {
    return this.#questions.askTurn((frame) => this.#connection?.send(frame) ?? false, signal);
  }

  /** How a node did in a call of ours. Lost when the server cannot be told now: others will say it. */
  reportCarrier(carrier: string, outcome: CarrierOutcome): void {
    this.#connection?.send({ type: 'carrier-report', carrier, outcome });
  }

  /** Offers this machine as a node, or says what has changed. False when the server cannot be told now. */
  offerNode(offer: NodeOffer): boolean {
    return this.#connection?.send({ type: 'node-offer', ...offer }) ?? false;
  }

  /** It is no node any more. A server that cannot be told notices that we are away. */
  withdrawNode(carrier: string): void {
    this.#connection?.send({ type: 'node-withdraw', carrier });
  }

  #dial(): void {
    const { clock, identity } = this.#options;
    clock.clearTimer(this.#timer);
    if (this.#url === null) {
      this.#setState({ state: 'refused', reason: 'not-byway' });
      return;
    }
    this.#setState({ state: 'connecting' });
    const connection: Connection = new Connection({
      url: this.#url,
      identity,
      clock,
      resume: this.#sessionId,
      events: {
        welcomed: (welcome, offsetMs) => this.#welcomed(connection, welcome, offsetMs),
        frame: (frame) => this.#onFrame(connection, frame),
        ended: (end) => {
          if (this.#connection === connection) this.#ended(end);
        },
      },
    });
    this.#connection = connection;
  }

  #welcomed(connection: Connection, welcome: Welcome, offsetMs: number): void {
    if (this.#connection !== connection) return;
    const { sessionId, resumed, configuration } = welcome;
    this.#offsetMs = offsetMs;
    this.#contactLimit = configuration.limits.contacts;
    // A resumed session is told again what changed; a new one only who is online.
    if (!resumed) this.#forgetPresence();
    this.#sessionId = sessionId;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#failures = 0;
    }, STABLE_AFTER_MS);
    this.#options.logger.info({ resumed, offsetMs }, 'connected to the rendezvous server');
    this.#announce('configuration', configuration, hostOf(this.#url));
    this.#setState({ state: 'connected' });
    // A listener may have stopped us.
    if (this.#connection !== connection) return;
    // Also when resumed: the last list may have been lost with the connection before.
    this.#tellContacts();
    for (const { envelope, ttlMs } of this.#outbox.pending())
      connection.send({ type: 'send', envelope, ttlMs });
  }

  #ended({ reason, retry, detail }: ConnectionEnd): void {
    const { clock, random, logger } = this.#options;
    this.#connection = null;
    this.#questions.failAll();
    clock.clearTimer(this.#timer);
    logger.info({ reason, retry, detail }, 'the connection to the rendezvous server has ended');
    if (retry === 'never') {
      this.#setState({ state: 'refused', reason });
      return;
    }
    const delayMs = retry === 'soon' ? backOffMs(this.#failures, random) : refusedRetryMs(random);
    this.#failures++;
    this.#timer = clock.setTimer(() => this.#dial(), delayMs);
    const retryAt = Math.round(clock.wallNow() + delayMs);
    this.#setState({ state: retry === 'soon' ? 'waiting' : 'refused', reason, retryAt });
  }

  #onFrame(connection: Connection, frame: LaterFrame): void {
    if (this.#connection !== connection) return;
    switch (frame.type) {
      case 'presence':
        this.#presence(frame.userId, frame.online);
        return;
      case 'sent':
        this.#outbox.sent(frame.id, { devices: frame.devices, kept: frame.kept });
        return;
      case 'refused':
        this.#outbox.refused(frame.id, frame.reason);
        return;
      case 'carriers':
      case 'turn-servers':
        this.#questions.answered(frame);
        return;
      case 'node-standing':
        this.#announce('standing', frame);
        return;
      case 'expect-guests':
        this.#announce('guests', frame);
        return;
      case 'deliver':
        void this.#deliver(connection, frame.envelope);
    }
  }

  #presence(userId: UserId, online: boolean): void {
    if (!this.#contacts.includes(userId)) return;
    if (online) this.#online.add(userId);
    else this.#online.delete(userId);
    this.#announce('presence', userId, online);
  }

  #forgetPresence(): void {
    const online = [...this.#online];
    this.#online.clear();
    for (const userId of online) this.#announce('presence', userId, false);
  }

  /** Acknowledged after the handlers; one that fails leaves it with the server, which brings it again another time. */
  async #deliver(connection: Connection, envelope: SealedEnvelope): Promise<void> {
    this.#openDeliveries++;
    if (this.#openDeliveries === MAX_OPEN_DELIVERIES) connection.pause(true);
    const handled = await Promise.allSettled(
      this.rawListeners('envelope').map(async (handler): Promise<unknown> => handler.call(this, envelope)),
    );
    this.#openDeliveries--;
    if (this.#openDeliveries === MAX_OPEN_DELIVERIES - 1) this.#connection?.pause(false);
    const failed = handled.find((result) => result.status === 'rejected');
    if (failed) this.#options.logger.warn({ err: failed.reason }, 'an envelope could not be handled');
    else connection.send({ type: 'received', id: envelope.id });
  }

  #tellContacts(): void {
    const userIds = this.#contacts.slice(0, Math.min(this.#contactLimit, MAX_CONTACTS));
    if (userIds.length < this.#contacts.length) {
      const left = this.#contacts.length - userIds.length;
      this.#options.logger.warn({ left }, 'the server takes no more contacts; the last are shown as offline');
    }
    this.#connection?.send({ type: 'contacts', userIds });
  }

  #setState(state: Omit<ServerState, 'url' | 'embedded'>): void {
    this.#state = { url: this.#state.url, embedded: false, ...state };
    this.#announce('state', this.#state);
  }

  /** Events announce and never steer: a listener that throws is its own affair. */
  #announce<K extends keyof RendezvousClientEvents>(event: K, ...values: RendezvousClientEvents[K]): void {
    try {
      (this as EventEmitter).emit(event, ...values);
    } catch (error) {
      this.#options.logger.warn({ err: error, event }, 'a listener failed');
    }
  }
}

function parseUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^wss?:$/.test(url.protocol) ? url : null;
}

/** Where it is, without a password or a token in it. */
function shownUrl(url: URL | null): string {
  return url === null ? '' : `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

function hostOf(url: URL | null): string {
  return url?.hostname.replace(/^\[|\]$/g, '') ?? '';
}
