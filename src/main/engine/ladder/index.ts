/**
 * The ladder: what is tried beside the direct path, and when (patent S140, S26). One side (`begin`) asks the server who could
 * forward the call, tells the other side, and both join the same carriers: nodes after a short head start of the direct checks, one
 * after another, and the relay last. Which path carries is decided by the session, as always: a leg is one more way
 * for its checks.
 *
 * When an answered call has been carried for a while, one carrier is kept joined beside what carries, so that there is something to go
 * on over; and while a relay carries, nodes are looked for. The side that asks decides both, and what is too much.
 */
import type { CarrierOutcome } from '../../../shared/rendezvous.ts';
import type { CarrierOffer } from '../../../shared/signal.ts';
import type { Leg } from '../carrier/leg.ts';
import type { DatagramSocket, Timer } from '../outside/index.ts';
import type { Misdeed } from '../path/index.ts';
import { Attempt, byKind } from './attempt.ts';
import {
  ASK_AGAIN_MS,
  CARRIERS_WANTED,
  MAX_ATTEMPTS,
  MAX_FAILED_CARRIERS,
  NODE_DELAY_MS,
  NODE_STAGGER_MS,
  RELAY_DELAY_MS,
  REPLACED_LEG_MS,
  REVIEW_MS,
  SEEK_PERIOD_MS,
  SILENT_BEFORE_CARRIERS_MS,
  STANDBY_DELAY_MS,
  STANDBYS_WANTED,
  UNANSWERED_LEG_MS,
} from './constants.ts';
import { FailedCarriers } from './failed-carriers.ts';
import { type Invitation, invitationsFrom, newBridgeKeys, offersFrom } from './offers.ts';
import { OfferTrust } from './trust.ts';
import type { LadderOptions } from './types.ts';

export type { LadderWorld } from './types.ts';

export class Ladder {
  readonly #options: LadderOptions;
  readonly #attempts = new Set<Attempt>();
  readonly #timers = new Set<Timer>();
  readonly #failed = new FailedCarriers();
  readonly #unwanted = new AbortController();
  readonly #trust: OfferTrust;
  /** As the call began. */
  readonly #hides: boolean;
  #relayOnly = false;
  readonly #onState = () => this.#pathChanged();
  readonly #onStranded = () => this.#stranded();
  readonly #onMoved = () => this.networkChanged();
  readonly #onCondemned = (leg: DatagramSocket, misdeed: Misdeed) => this.#condemned(leg, misdeed);
  #reviewTimer: Timer;
  #carriedSinceMs: number | undefined;
  #soughtAtMs = Number.NEGATIVE_INFINITY;
  /** Something stood by when carriers were last sought, or since. */
  #stoodBy = false;
  #asking = false;
  #controls = false;
  #closed = false;

  constructor(options: LadderOptions) {
    this.#options = options;
    const { outside, world } = options;
    this.#hides = world.hidesAddress();
    this.#trust = new OfferTrust({
      clock: outside.clock,
      ticketKey: () => world.ticketKey(),
      hidesAddress: () => this.#hides || world.hidesAddress(),
    });
    options.session.on('state', this.#onState);
    options.session.on('stranded', this.#onStranded);
    options.session.on('moved', this.#onMoved);
    options.session.on('condemned', this.#onCondemned);
    this.#reviewLater();
  }

  /**
   * Both sides know each other. One of them finds the carriers: who hides their address, because they follow no node that the other
   * side chose, else who controls the path. Where both hide there is no such node, and the relay is all that is asked for.
   *
   * @param isControlling whether the path is ours to control
   * @param theyHide whether the other side hides their address
   */
  begin(isControlling: boolean, theyHide: boolean): void {
    const asks = this.#hides === theyHide ? isControlling : this.#hides;
    this.#relayOnly = this.#hides && theyHide;
    if (!asks || this.#controls || this.#closed) return;
    this.#controls = true;
    void this.#ask();
  }

  /** The other side has found carriers. */
  offered(offers: readonly CarrierOffer[]): void {
    if (this.#closed) return;
    const inTurn: Invitation[] = [];
    for (const offer of offers) {
      const invitation = this.#trust.admit(offer);
      if (!invitation) this.#options.logger.info({ kind: offer.kind }, 'an offered carrier is not followed');
      else if (offer.regardless) this.#try(invitation);
      else inTurn.push(invitation);
    }
    this.#join(inTurn);
  }

  /** Whether a carrier is being found or joined, or might be: the call need not be given up yet. */
  get isTrying(): boolean {
    return !this.#closed && (this.#asking || this.#timers.size > 0 || this.#attempts.size > 0);
  }

  /** Our address may have changed: every leg shows the carrier the new one. */
  networkChanged(): void {
    for (const attempt of this.#attempts) attempt.renew();
  }

  /** Gives all legs up. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { session, outside } = this.#options;
    session.off('state', this.#onState);
    session.off('stranded', this.#onStranded);
    session.off('moved', this.#onMoved);
    session.off('condemned', this.#onCondemned);
    outside.clock.clearTimer(this.#reviewTimer);
    this.#unwanted.abort();
    for (const timer of this.#timers) outside.clock.clearTimer(timer);
    this.#timers.clear();
    for (const attempt of this.#attempts) {
      if (this.#carries(attempt)) this.#report(attempt, session.carries ? 'worked' : 'dropped');
      attempt.close();
    }
    this.#attempts.clear();
  }

  /** Nothing carries: any of them will do. */
  async #ask(): Promise<void> {
    const found = await this.#find(CARRIERS_WANTED);
    if (found === undefined) return;
    if (found.invitations.length === 0) {
      this.#later(ASK_AGAIN_MS, () => this.#askIfWanted());
      return;
    }
    // Where we hear nothing any more, the other side may not have noticed yet.
    this.#options.tell(
      this.#isRescue ? found.offers.map((offer) => ({ ...offer, regardless: true })) : found.offers,
    );
    this.#join(found.invitations);
  }

  /** Something carries: one more is wanted, to stand by or because it is better. */
  async #seek(isWanted: (invitation: Invitation) => boolean): Promise<void> {
    this.#soughtAtMs = this.#nowMs();
    const found = await this.#find(STANDBYS_WANTED);
    const index = found?.invitations.findIndex(isWanted) ?? -1;
    const [invitation, offer] = [found?.invitations[index], found?.offers[index]];
    if (!invitation || !offer) return;
    this.#options.tell([{ ...offer, regardless: true }]);
    this.#try(invitation);
  }

  /** Undefined where the question was not put, or its answer is of no use any more. */
  async #find(count: number): Promise<{ invitations: Invitation[]; offers: CarrierOffer[] } | undefined> {
    if (this.#asking || this.#closed) return undefined;
    this.#asking = true;
    const { world, outside, ends, otherUser, logger } = this.#options;
    // The last of the keys is the relay's.
    const keys = Array.from({ length: this.#relayOnly ? 1 : count }, () => newBridgeKeys(outside.random));
    const joined = [...this.#attempts].map(({ invitation }) => invitation.carrier);
    const carriers = await world.findCarriers(
      {
        keys: keys.map((pair) => pair.public),
        ends: ends(),
        // The server takes so many names; the newest are the ones that matter.
        exclude: [...joined, ...this.#failed.excluded(this.#nowMs()).reverse()].slice(0, MAX_FAILED_CARRIERS),
        otherUser,
      },
      this.#unwanted.signal,
    );
    this.#asking = false;
    if (this.#closed) return undefined;
    logger.debug({ carriers: carriers?.length ?? null }, 'asked who could forward the call');
    // Where the relay is joined already, the one key gets a node.
    const usable = (carriers ?? []).filter(({ kind }) => !this.#relayOnly || kind === 'relay');
    return { invitations: invitationsFrom(usable, keys), offers: offersFrom(usable, keys) };
  }

  #askIfWanted(): void {
    if (this.#controls && !this.#options.session.carries) void this.#ask();
  }

  #join(invitations: readonly Invitation[]): void {
    const { session, world } = this.#options;
    const isLongShot = session.isLongShot || world.withoutUdp();
    const atOnce = this.#isRescue || session.avoidsDirect || isLongShot;
    const nodes = invitations.filter(({ kind }) => kind === 'sfu');
    nodes.forEach((invitation, index) => {
      const startMs = (atOnce ? 0 : NODE_DELAY_MS) + index * NODE_STAGGER_MS;
      this.#later(startMs, () => this.#tryUnlessCarried(invitation));
    });
    // Where nothing goes straight soon, whoever is there first carries the first picture; a node takes over within a second.
    const isRelayFirst = isLongShot || (nodes.length === 0 && atOnce);
    const relayMs = isRelayFirst ? 0 : this.#isRescue ? NODE_STAGGER_MS : RELAY_DELAY_MS;
    for (const invitation of invitations) {
      if (invitation.kind === 'relay') this.#later(relayMs, () => this.#tryUnlessCarried(invitation));
    }
  }

  /** A carrier is not troubled where the call already travels as well or better. */
  #tryUnlessCarried(invitation: Invitation): void {
    const { session } = this.#options;
    const isBetter = invitation.kind === 'sfu' && session.report().active?.kind === 'relay';
    if (!session.carries || isBetter) this.#try(invitation);
  }

  #try(invitation: Invitation): void {
    const { world, outside, session, logger } = this.#options;
    const serverUrl = world.serverUrl();
    if (this.#closed || !serverUrl || this.#attempts.size >= MAX_ATTEMPTS) return;
    const startedMs = outside.clock.now();
    const attempt: Attempt = new Attempt({
      outside,
      logger,
      invitation,
      serverUrl,
      withoutUdp: world.withoutUdp(),
      openLeg: (request) => world.openLeg(request),
      onJoined: (leg) => session.legs.add(leg, leg.carrier),
      onReplaced: (old) => {
        // The carrier must not take its leave for that of the new one, and the call stays on it until the new one answers.
        old.abandon();
        session.legs.leave(old);
        this.#later(REPLACED_LEG_MS, () => session.legs.remove(old));
      },
      onLeaving: (leg) => this.#leaving(attempt, leg),
      onFailed: (failure, address) => {
        logger.info({ kind: invitation.kind, failure }, 'a carrier gave no leg');
        if (address) session.legs.noteFailed(invitation.kind, address, startedMs, failure);
        // One that is full said so politely; without UDP the fault is ours.
        if (failure !== 'full' && !world.withoutUdp()) this.#report(attempt, 'failed');
        this.#forget(attempt);
      },
    });
    this.#attempts.add(attempt);
  }

  /** A carrier says goodbye or is gone: another is looked for while this one may still carry. */
  #leaving(attempt: Attempt, leg: Leg): void {
    this.#failed.note(attempt.invitation, this.#nowMs());
    const { session } = this.#options;
    if (leg.state === 'leaving') {
      session.legs.leave(leg);
    } else {
      session.legs.remove(leg);
      this.#attempts.delete(attempt);
    }
    if (!this.#controls) return;
    if (session.carries) void this.#seek(() => true);
    else void this.#ask();
  }

  /**
   * A node does its work badly, and the session leaves it for what there is. Whoever noticed looks for another, also where that is the
   * other side's to do, which may hear nothing of it; then for the relay, for they may not want to follow us to a node.
   */
  #condemned(leg: DatagramSocket, misdeed: Misdeed): void {
    const attempt = [...this.#attempts].find((each) => each.leg === leg);
    if (!attempt) return;
    this.#options.logger.info({ misdeed }, 'a node is left for what it does');
    this.#report(attempt, misdeed);
    this.#failed.note(attempt.invitation, this.#nowMs());
    attempt.isUnwanted = true;
    if (![...this.#attempts].some((each) => each !== attempt && this.#standsBy(each))) {
      void this.#seek(({ kind }) => this.#controls || kind === 'relay');
    }
  }

  #forget(attempt: Attempt): void {
    this.#failed.note(attempt.invitation, this.#nowMs());
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

  /** The server ranks nodes by what calls say of them, once each; its own relay it knows itself. */
  #report(attempt: Attempt, outcome: CarrierOutcome): void {
    const { invitation } = attempt;
    if (attempt.isReported) return;
    attempt.isReported = true;
    if (invitation.kind === 'sfu') this.#options.world.reportCarrier(invitation.carrier, outcome);
  }

  /** A path that went silent may be dead: carriers are found before it is known. */
  #pathChanged(): void {
    if (!this.#controls || this.#options.session.report().state === 'open') return;
    this.#later(SILENT_BEFORE_CARRIERS_MS, () => this.#askIfWanted());
  }

  /** Nothing comes, and nothing answers: perhaps our own address is another one now, perhaps all that carried is dead. */
  #stranded(): void {
    this.networkChanged();
    this.#options.world.doubtConnection();
    this.#askIfWanted();
  }

  // ── while the call is carried ────────────────────────────────────────────────────────────────────────────────────

  /** The call was carried before: who was heard a moment ago cannot wait for a head start. */
  get #isRescue(): boolean {
    return this.#carriedSinceMs !== undefined;
  }

  #reviewLater(): void {
    this.#reviewTimer = this.#options.outside.clock.setTimer(() => {
      this.#review();
      this.#reviewLater();
    }, REVIEW_MS);
  }

  #review(): void {
    const { session, isAnswered } = this.#options;
    const nowMs = this.#nowMs();
    if (!session.carries) {
      // Kept: what has carried before is missed at once.
      if (this.#carriedSinceMs !== undefined) this.#carriedSinceMs = nowMs;
      return;
    }
    this.#carriedSinceMs ??= nowMs;
    // Who leaves waits for us, and the call has moved.
    for (const attempt of [...this.#attempts]) {
      const carries = this.#carries(attempt);
      attempt.hasCarried ||= carries;
      if ((attempt.isUnwanted || attempt.leg?.state === 'leaving') && !carries) this.#giveUp(attempt);
    }
    if (nowMs - this.#carriedSinceMs < STANDBY_DELAY_MS) return;
    for (const attempt of [...this.#attempts]) {
      const isForgotten =
        attempt.leg && !session.legs.answers(attempt.leg) && nowMs - attempt.joinedAtMs >= UNANSWERED_LEG_MS;
      if (!isForgotten) continue;
      if (attempt.hasCarried) this.#report(attempt, 'dropped');
      this.#failed.note(attempt.invitation, nowMs);
      this.#giveUp(attempt);
    }
    if (!this.#controls || !isAnswered()) return;
    const standing = [...this.#attempts].filter((attempt) => this.#standsBy(attempt)).sort(byKind);
    for (const surplus of standing.slice(1)) this.#giveUp(surplus);
    if (standing.length > 0) this.#stoodBy = true;
    // It took over, or died: another is wanted sooner than where none could be had.
    const pauseMs = standing.length === 0 && this.#stoodBy ? STANDBY_DELAY_MS : SEEK_PERIOD_MS;
    if (this.#asking || nowMs - this.#soughtAtMs < pauseMs) return;
    this.#stoodBy = standing.length > 0;
    const isRelayed = session.report().active?.kind === 'relay';
    if (standing.length === 0) void this.#seek(() => true);
    else if (isRelayed) void this.#seek(({ kind }) => kind === 'sfu');
  }

  /** Joined, answering, staying, and not what carries now. */
  #standsBy(attempt: Attempt): boolean {
    const { leg } = attempt;
    return (
      leg?.state === 'joined' &&
      !attempt.isUnwanted &&
      this.#options.session.legs.mayTakeOver(leg) &&
      !this.#carries(attempt)
    );
  }

  /** A leg that is not wanted any more. */
  #giveUp(attempt: Attempt): void {
    const { leg } = attempt;
    if (leg) this.#options.session.legs.remove(leg);
    this.#attempts.delete(attempt);
    attempt.close();
  }

  #nowMs(): number {
    return this.#options.outside.clock.now();
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
