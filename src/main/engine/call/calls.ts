/** The calls of this machine: one at a time, the list of recent ones, and who may ring. */
import { EventEmitter } from 'node:events';
import type { CallRecord, CallSnapshot, ReadyAnswer, ReadyOffer } from '../../../shared/call.ts';
import type { CancelReason, ReceivedSignal, Signal } from '../../../shared/signal.ts';
import type { CallId, DeviceId, MediaKind, UserId } from '../../../shared/words.ts';
import type { Timer } from '../outside/index.ts';
import type { Call, CallContext } from './call.ts';
import {
  CALL_SIGNAL_TTL_MS,
  CONTROL_REPEATS_MS,
  ENDED_CALLS_KEPT,
  GOODBYE_LIMIT_MS,
  RING_LIMIT_MS,
} from './constants.ts';
import { Doorbell } from './doorbell.ts';
import { RefusedError } from './errors.ts';
import { IncomingCall, type Invite } from './incoming.ts';
import { isUsableOffer } from './line.ts';
import { OutgoingCall } from './outgoing.ts';
import type { People } from './people.ts';
import { SpareAnswer } from './spare-answer.ts';

/** The last word of a call is repeated over its path; the path is closed after that, ms. */
const LINGER_MS = Math.max(...CONTROL_REPEATS_MS) + 100;

/** What a machine says of a call of ours that it believes to be going on. */
const STILL_RINGING: ReadonlySet<Signal['type']> = new Set(['ringing', 'prepare', 'answer']);

export interface RecentCalls {
  list(): readonly CallRecord[];
  add(record: CallRecord): void;
  clear(): void;
}

export class Calls extends EventEmitter<{ changed: []; recent: []; ringing: [CallSnapshot] }> {
  readonly #context: CallContext;
  readonly #people: People;
  readonly #recent: RecentCalls;
  #call: Call | null = null;
  /** Ended calls whose last word is still on its way. */
  readonly #lingering = new Map<Call, Timer>();
  readonly #doorbell: Doorbell;
  /** Calls of ours that are over, and what a machine that missed the end is told. */
  readonly #over = new Map<CallId, { readonly userId: UserId; readonly reason: CancelReason }>();
  #closed = false;

  constructor(context: Omit<CallContext, 'spare'>, people: People, recent: RecentCalls) {
    super();
    this.#context = { ...context, spare: new SpareAnswer() };
    this.#people = people;
    this.#recent = recent;
    this.#doorbell = new Doorbell(context.outside.clock);
    people.on('blocked', (userId) => {
      if (this.#call?.peer.userId === userId && !this.#call.isOver) this.#call.hangUp();
    });
  }

  /** The call of this moment, or the last one until it is dismissed. */
  get current(): CallSnapshot | null {
    return this.#call?.snapshot() ?? null;
  }

  get inProgress(): boolean {
    return this.#call !== null && !this.#call.isOver;
  }

  records(): readonly CallRecord[] {
    return this.#recent.list();
  }

  clearRecords(): void {
    this.#recent.clear();
    this.emit('recent');
  }

  /**
   * Calls a contact.
   * @param offer the media end, where a page has one ready; otherwise the snapshot asks for one
   * @throws RefusedError CALL_IN_PROGRESS, CONTACT_UNKNOWN, CONTACT_BLOCKED or DESCRIPTION_UNUSABLE
   */
  place(userId: UserId, media: MediaKind, offer?: ReadyOffer): CallId {
    if (this.inProgress) throw new RefusedError('CALL_IN_PROGRESS');
    const contact = this.#people.contact(userId);
    if (!contact) throw new RefusedError('CONTACT_UNKNOWN');
    if (contact.state === 'blocked') throw new RefusedError('CONTACT_BLOCKED');
    if (offer && !isUsableOffer(offer.description)) throw new RefusedError('DESCRIPTION_UNUSABLE');
    const id = this.#context.outside.random.bytes(16).toString('base64url');
    const peer = { userId, name: contact.name, isContact: true };
    this.#begin(new OutgoingCall(this.#context, { id, media, peer }, offer));
    return id;
  }

  /**
   * A page has made a media end ahead for the next call that comes in, or has none any more.
   * @throws RefusedError DESCRIPTION_UNUSABLE
   */
  readyAnswer(answer: ReadyAnswer | undefined): void {
    this.#context.spare.keep(answer);
  }

  answer(callId: CallId, media: MediaKind): void {
    const call = this.#find(callId);
    if (!(call instanceof IncomingCall)) throw new RefusedError('CALL_UNKNOWN');
    call.answer(media);
  }

  /** Declines a call that rings here. */
  decline(callId: CallId): void {
    const call = this.#find(callId);
    if (!(call instanceof IncomingCall)) throw new RefusedError('CALL_UNKNOWN');
    call.decline();
  }

  /** Cancels, declines or hangs up, whichever it is now. */
  hangUp(callId: CallId): void {
    this.#find(callId).hangUp();
  }

  /** Puts an ended call away. */
  dismiss(callId: CallId): void {
    if (this.#call?.id !== callId || !this.#call.isOver) return;
    this.#call = null;
    this.emit('changed');
  }

  describe(callId: CallId, ...rest: Parameters<Call['describe']>): void {
    this.#find(callId).describe(...rest);
  }

  remakeEndpoint(callId: CallId, ...rest: Parameters<Call['remakeEndpoint']>): void {
    this.#find(callId).remakeEndpoint(...rest);
  }

  mediaEvent(callId: CallId, ...rest: Parameters<Call['mediaEvent']>): void {
    this.#find(callId).mediaEvent(...rest);
  }

  setMediaState(callId: CallId, ...rest: Parameters<Call['setMediaState']>): void {
    this.#find(callId).setMediaState(...rest);
  }

  serverChanged(connected: boolean): void {
    this.#call?.serverChanged(connected);
  }

  /** A believed signal that belongs to a call. */
  handle(received: ReceivedSignal): void {
    if (this.#closed || !('callId' in received.signal)) return;
    if (received.signal.type === 'invite') {
      this.#invited(received, received.signal);
      return;
    }
    const call = this.#call;
    const { from, fromDevice, signal } = received;
    if (call && !call.isOver && call.id === signal.callId && call.peer.userId === from) {
      call.handle(received);
      return;
    }
    const over = this.#over.get(signal.callId);
    if (over?.userId === from && STILL_RINGING.has(signal.type)) {
      this.#post(from, fromDevice, { type: 'cancel', callId: signal.callId, reason: over.reason });
    }
  }

  /** Ends what is under way, tells the other side, and frees everything. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { clock } = this.#context.outside;
    if (this.#call && !this.#call.isOver) {
      let timer: Timer;
      const limit = new Promise<void>((resolve) => {
        timer = clock.setTimer(resolve, GOODBYE_LIMIT_MS);
      });
      await Promise.race([this.#call.appClosing(), limit]);
      clock.clearTimer(timer);
    }
    for (const [call, timer] of this.#lingering) {
      clock.clearTimer(timer);
      call.close();
    }
    this.#lingering.clear();
    this.#call?.close();
    this.removeAllListeners();
  }

  #find(callId: CallId): Call {
    if (!this.#call || this.#call.id !== callId) throw new RefusedError('CALL_UNKNOWN');
    return this.#call;
  }

  #begin(call: Call): void {
    this.#call = call;
    call.on('changed', () => {
      if (this.#call === call) this.emit('changed');
    });
    call.once('ended', () => this.#ended(call));
    this.#context.outside.scheduling.setUrgent(true);
    this.emit('changed');
  }

  #ended(call: Call): void {
    if (!this.inProgress) this.#context.outside.scheduling.setUrgent(false);
    if (call instanceof OutgoingCall) this.#rememberOver(call);
    this.#keep(call.record());
    const timer = this.#context.outside.clock.setTimer(() => {
      this.#lingering.delete(call);
      call.close();
    }, LINGER_MS);
    this.#lingering.set(call, timer);
  }

  #invited(received: ReceivedSignal, invite: Invite): void {
    const { from } = received;
    const current = this.#call;
    if (current?.id === invite.callId) return;
    const contact = this.#people.contact(from);
    if (contact?.state === 'blocked' || !this.#doorbell.mayRing(contact ? from : 'stranger')) return;
    if (!isUsableOffer(invite.description)) {
      this.#context.logger.warn('an invitation that no media end could use was dropped');
      return;
    }
    const peer = { userId: from, name: contact?.name || invite.name, isContact: contact !== undefined };
    const options = { id: invite.callId, media: invite.media, peer };
    if (this.#isStale(received)) {
      this.#missed(options);
      return;
    }
    if (current && !current.isOver && !this.#isForgotten(current, received)) {
      const bothCall = current instanceof OutgoingCall && !current.isAnswered && current.peer.userId === from;
      if (bothCall) this.#meet(current, received, invite);
      else this.#refuseBusy(received, options);
      return;
    }
    current?.forgottenThere();
    this.#begin(new IncomingCall(this.#context, options, invite, received));
    const snapshot = this.current;
    if (snapshot) this.emit('ringing', snapshot);
  }

  /**
   * Both call each other at once. Both want to talk, so nobody is asked: of the two calls the one with the smaller id
   * goes on, which both sides see alike, and whoever is called by it answers at once.
   */
  #meet(ours: OutgoingCall, received: ReceivedSignal, invite: Invite): void {
    if (ours.id < invite.callId) return;
    ours.removeAllListeners();
    ours.giveWay();
    this.#rememberOver(ours, 'answered-elsewhere');
    ours.close();
    const call = new IncomingCall(
      this.#context,
      { id: invite.callId, media: invite.media, peer: ours.peer },
      invite,
      received,
    );
    this.#begin(call);
    call.answer(ours.media);
  }

  /** Busy is said to contacts only; a stranger learns nothing, not even that somebody is here. */
  #refuseBusy(
    { from, fromDevice, signal }: ReceivedSignal,
    options: ConstructorParameters<typeof IncomingCall>[1],
  ): void {
    if (options.peer.isContact && 'callId' in signal) {
      this.#post(from, fromDevice, { type: 'busy', callId: signal.callId });
    }
    this.#missed(options);
  }

  #missed({ id, media, peer }: ConstructorParameters<typeof IncomingCall>[1]): void {
    this.#keep({
      id,
      userId: peer.userId,
      name: peer.name,
      direction: 'incoming',
      media,
      startedAt: this.#context.outside.clock.wallNow(),
      durationS: 0,
      end: 'no-answer-here',
    });
  }

  /** A list that cannot be written is no reason to keep a call open. */
  #keep(record: CallRecord): void {
    try {
      this.#recent.add(record);
    } catch (error) {
      this.#context.logger.error({ err: error }, 'the call is missing in the list of recent ones');
    }
    this.emit('recent');
  }

  #rememberOver(call: OutgoingCall, reason = call.farewell()): void {
    for (const oldest of this.#over.keys()) {
      if (this.#over.size < ENDED_CALLS_KEPT) break;
      this.#over.delete(oldest);
    }
    this.#over.set(call.id, { userId: call.peer.userId, reason });
  }

  #post(to: UserId, toDevice: DeviceId, signal: Signal): void {
    this.#context.postbox
      .post(to, signal, { toDevice, ttlMs: CALL_SIGNAL_TTL_MS })
      .catch((error) => this.#context.logger.info({ err: error, signal: signal.type }, 'could not be said'));
  }

  /**
   * A machine has one call at a time: one that invites us anew has forgotten the call we still have with it. Sent later
   * than all we heard of it, so that an invitation which was held back ends nothing.
   */
  #isForgotten(current: Call, { from, fromDevice, sentAt }: ReceivedSignal): boolean {
    const isWithIt = current.peer.userId === from && current.device === fromDevice;
    return (
      isWithIt && (current.isAnswered || current instanceof IncomingCall) && sentAt > current.lastHeardAt
    );
  }

  #isStale({ sentAt }: ReceivedSignal): boolean {
    return this.#context.serverNow() - sentAt > RING_LIMIT_MS;
  }
}
