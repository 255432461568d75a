/**
 * The ladder: what is tried beside the direct path, and when (patent S140, S26). The side that controls the path asks the server
 * who could forward the call, tells the other side, and both join the same carriers: nodes after a short head start of the direct
 * checks, one after another, and the relay last. Which path carries is decided by the session, as always: a leg is one more way
 * for its checks.
 */
import type { Logger } from 'pino';
import type { Carrier, CarrierEnd, CarrierOutcome } from '../../../shared/rendezvous.ts';
import type { CarrierOffer } from '../../../shared/signal.ts';
import type { Leg } from '../carrier/leg.ts';
import type { LegRequest } from '../carrier/legs.ts';
import type { Outside, Timer } from '../outside/index.ts';
import type { PathSession } from '../path/index.ts';
import type { CarriersQuestion } from '../rendezvous/questions.ts';
import { Attempt } from './attempt.ts';
import {
  ASK_AGAIN_MS,
  CARRIERS_WANTED,
  MAX_FAILED_CARRIERS,
  NODE_DELAY_MS,
  NODE_STAGGER_MS,
  RELAY_DELAY_MS,
  SILENT_BEFORE_CARRIERS_MS,
} from './constants.ts';
import { type Invitation, invitationFrom, invitationsFrom, newBridgeKeys, offersFrom } from './offers.ts';

/** What a ladder needs of the world outside the call. */
export interface LadderWorld {
  /** Asks the rendezvous server; null when it cannot be asked now. */
  findCarriers(question: CarriersQuestion, signal: AbortSignal): Promise<readonly Carrier[] | null>;
  /** Tells the server how a node did, if it can be told now. */
  reportCarrier(carrier: string, outcome: CarrierOutcome): void;
  /** The server as we reach it; undefined where there is none. */
  serverUrl(): URL | undefined;
  openLeg(request: LegRequest): Leg | null;
  /** UDP reaches nobody from here. */
  withoutUdp(): boolean;
  /** The user does not want the other side to learn our address. */
  hidesAddress(): boolean;
  /** Our end of a call, as a choice of carriers sees it. */
  ownEnd(): CarrierEnd;
}

export interface LadderOptions {
  readonly outside: Pick<Outside, 'clock' | 'network' | 'random'>;
  readonly world: LadderWorld;
  readonly session: PathSession;
  readonly logger: Logger;
  /** Both ends of the call as a choice of carriers sees them, ours first. */
  readonly ends: () => CarriersQuestion['ends'];
  /** Whom the call is with. */
  readonly otherUser: string;
  readonly tell: (offers: CarrierOffer[]) => void;
}

export class Ladder {
  readonly #options: LadderOptions;
  readonly #attempts = new Set<Attempt>();
  readonly #timers = new Set<Timer>();
  readonly #failed: string[] = [];
  readonly #unwanted = new AbortController();
  readonly #onState = () => this.#pathChanged();
  #asking = false;
  #controls = false;
  #closed = false;

  constructor(options: LadderOptions) {
    this.#options = options;
    options.session.on('state', this.#onState);
  }

  /** Both sides know each other, and it is ours to find carriers. */
  begin(): void {
    if (this.#controls || this.#closed) return;
    this.#controls = true;
    void this.#ask();
  }

  /** The other side has found carriers. */
  offered(offers: readonly CarrierOffer[]): void {
    if (!this.#closed) this.#join(offers.map(invitationFrom));
  }

  /** Whether a carrier is being found or joined, or might be: the call need not be given up yet. */
  get isTrying(): boolean {
    return !this.#closed && (this.#asking || this.#timers.size > 0 || this.#attempts.size > 0);
  }

  /** Our address may have changed: every leg shows the carrier the new one. */
  networkChanged(): void {
    for (const { leg } of this.#attempts) leg?.rejoin();
  }

  /** Gives all legs up. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.session.off('state', this.#onState);
    this.#unwanted.abort();
    for (const timer of this.#timers) this.#options.outside.clock.clearTimer(timer);
    this.#timers.clear();
    for (const attempt of this.#attempts) {
      if (this.#carries(attempt)) this.#report(attempt, 'worked');
      attempt.close();
    }
    this.#attempts.clear();
  }

  async #ask(): Promise<void> {
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    const { world, outside, ends, otherUser, tell, logger } = this.#options;
    const keys = Array.from({ length: CARRIERS_WANTED }, () => newBridgeKeys(outside.random));
    const carriers = await world.findCarriers(
      { keys: keys.map((pair) => pair.public), ends: ends(), exclude: this.#failed, otherUser },
      this.#unwanted.signal,
    );
    this.#asking = false;
    if (this.#closed) return;
    logger.debug({ carriers: carriers?.length ?? null }, 'asked who could forward the call');
    if (!carriers || carriers.length === 0) {
      this.#later(ASK_AGAIN_MS, () => this.#askIfWanted());
      return;
    }
    tell(offersFrom(carriers, keys));
    this.#join(invitationsFrom(carriers, keys));
  }

  #askIfWanted(): void {
    if (this.#controls && !this.#isOpen()) void this.#ask();
  }

  #join(invitations: readonly Invitation[]): void {
    const { session, world } = this.#options;
    const atOnce = session.avoidsDirect || session.isHopeless || world.withoutUdp();
    const nodes = invitations.filter(({ kind }) => kind === 'sfu');
    nodes.forEach((invitation, index) => {
      const startMs = (atOnce ? 0 : NODE_DELAY_MS) + index * NODE_STAGGER_MS;
      this.#later(startMs, () => this.#tryUnlessBetter(invitation));
    });
    for (const invitation of invitations) {
      if (invitation.kind !== 'relay') continue;
      const startMs = nodes.length === 0 && atOnce ? 0 : RELAY_DELAY_MS;
      this.#later(startMs, () => this.#tryUnlessBetter(invitation));
    }
  }

  /** A carrier is not troubled where the call already travels as well or better. */
  #tryUnlessBetter(invitation: Invitation): void {
    const { world, outside, session, logger } = this.#options;
    const serverUrl = world.serverUrl();
    if (this.#closed || this.#isOpen() || !serverUrl) return;
    const startedMs = outside.clock.now();
    const attempt: Attempt = new Attempt({
      outside,
      invitation,
      serverUrl,
      withoutUdp: world.withoutUdp(),
      openLeg: (request) => world.openLeg(request),
      onJoined: (leg) => session.addLeg(leg, leg.carrier),
      onLeaving: (leg) => this.#leaving(attempt, leg),
      onFailed: (failure, address) => {
        logger.info({ kind: invitation.kind, failure }, 'a carrier gave no leg');
        if (address) session.noteFailedLeg(invitation.kind, address, startedMs, failure);
        // One that is full said so politely; without UDP the fault is ours.
        if (failure !== 'full' && !world.withoutUdp()) this.#report(attempt, 'failed');
        this.#forget(attempt);
      },
    });
    this.#attempts.add(attempt);
  }

  /** A carrier says goodbye or is gone: another is looked for while this one may still carry. */
  #leaving(attempt: Attempt, leg: Leg): void {
    this.#remember(attempt.invitation.carrier);
    if (leg.state !== 'leaving') {
      this.#options.session.removeLeg(leg);
      this.#attempts.delete(attempt);
    }
    if (this.#controls) void this.#ask();
  }

  #forget(attempt: Attempt): void {
    this.#remember(attempt.invitation.carrier);
    this.#attempts.delete(attempt);
    attempt.close();
    if (this.#attempts.size === 0 && this.#timers.size === 0) {
      this.#later(ASK_AGAIN_MS, () => this.#askIfWanted());
    }
  }

  /** Whether the call travels through it now. */
  #carries({ leg, invitation }: Attempt): boolean {
    const { active } = this.#options.session.report();
    return (
      leg !== undefined &&
      active?.kind === invitation.kind &&
      active.remote.address === leg.carrier.address &&
      active.remote.port === leg.carrier.port
    );
  }

  /** The server ranks nodes by what calls say of them; its own relay it knows itself. */
  #report({ invitation }: Attempt, outcome: CarrierOutcome): void {
    if (invitation.kind === 'sfu') this.#options.world.reportCarrier(invitation.carrier, outcome);
  }

  #remember(carrier: string): void {
    this.#failed.push(carrier);
    if (this.#failed.length > MAX_FAILED_CARRIERS) this.#failed.shift();
  }

  /** A path that went silent may be dead: carriers are found before it is known. */
  #pathChanged(): void {
    if (!this.#controls || this.#isOpen()) return;
    this.#later(SILENT_BEFORE_CARRIERS_MS, () => this.#askIfWanted());
  }

  #isOpen(): boolean {
    return this.#options.session.report().state === 'open';
  }

  #later(delayMs: number, work: () => void): void {
    const { clock } = this.#options.outside;
    const timer = clock.setTimer(() => {
      this.#timers.delete(timer);
      if (!this.#closed) work();
    }, delayMs);
    this.#timers.add(timer);
  }
}
