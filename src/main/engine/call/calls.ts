/** The calls of this machine: one at a time, the list of recent ones, and who may ring. */
import { EventEmitter } from 'node:events';
import type { CallRecord, CallSnapshot } from '../../../shared/call.ts';
import type { ReceivedSignal } from '../../../shared/signal.ts';
import type { CallId, MediaKind, UserId } from '../../../shared/words.ts';
import type { Timer } from '../outside/index.ts';
import type { Call, CallContext } from './call.ts';
import {
  CALL_SIGNAL_TTL_MS,
  CONTROL_REPEATS_MS,
  GOODBYE_LIMIT_MS,
  RING_LIMIT_MS,
  STRANGER_CALLS,
  STRANGER_WINDOW_MS,
} from './constants.ts';
import { RefusedError } from './errors.ts';
import { IncomingCall, type Invite } from './incoming.ts';
import { OutgoingCall } from './outgoing.ts';
import type { People } from './people.ts';

/** The last word of a call is repeated over its path; the path is closed after that, ms. */
const LINGER_MS = Math.max(...CONTROL_REPEATS_MS) + 100;

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
  /** When strangers rang, `clock.now()`. */
  #strangers: number[] = [];
  #closed = false;

  constructor(context: CallContext, people: People, recent: RecentCalls) {
    super();
    this.#context = context;
    this.#people = people;
    this.#recent = recent;
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
   * @throws RefusedError CALL_IN_PROGRESS, CONTACT_UNKNOWN or CONTACT_BLOCKED
   */
  place(userId: UserId, media: MediaKind): CallId {
    if (this.inProgress) throw new RefusedError('CALL_IN_PROGRESS');
    const contact = this.#people.contact(userId);
    if (!contact) throw new RefusedError('CONTACT_UNKNOWN');
    if (contact.state === 'blocked') throw new RefusedError('CONTACT_BLOCKED');
    const id = this.#context.outside.random.bytes(16).toString('base64url');
    this.#begin(
      new OutgoingCall(this.#context, { id, media, peer: { userId, name: contact.name, isContact: true } }),
    );
    return id;
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
    if (!call || call.id !== received.signal.callId || call.peer.userId !== received.from) return;
    call.handle(received);
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
    this.emit('changed');
  }

  #ended(call: Call): void {
    this.#recent.add(call.record());
    this.emit('recent');
    const timer = this.#context.outside.clock.setTimer(() => {
      this.#lingering.delete(call);
      call.close();
    }, LINGER_MS);
    this.#lingering.set(call, timer);
  }

  #invited(received: ReceivedSignal, invite: Invite): void {
    const { from, fromDevice } = received;
    const current = this.#call;
    if (current?.id === invite.callId) return;
    const contact = this.#people.contact(from);
    if (!contact && !this.#strangerMayRing()) return;
    const peer = { userId: from, name: contact?.name || invite.name, isContact: contact !== undefined };
    const options = { id: invite.callId, media: invite.media, peer };
    if (this.#isStale(received)) {
      this.#missed(options);
      return;
    }
    if (current && !current.isOver) {
      const bothCall = current instanceof OutgoingCall && !current.isAnswered && current.peer.userId === from;
      if (bothCall) this.#meet(current, received, invite);
      else this.#refuseBusy(received, options);
      return;
    }
    this.#begin(new IncomingCall(this.#context, options, invite, fromDevice));
    const snapshot = this.current;
    if (snapshot) this.emit('ringing', snapshot);
  }

  /**
   * Both call each other at once. Both want to talk, so nobody is asked: of the two calls the one with the smaller id
   * goes on, which both sides see alike, and whoever is called by it answers at once.
   */
  #meet(ours: OutgoingCall, { fromDevice }: ReceivedSignal, invite: Invite): void {
    if (ours.id < invite.callId) return;
    ours.removeAllListeners();
    ours.giveWay();
    ours.close();
    const call = new IncomingCall(
      this.#context,
      { id: invite.callId, media: invite.media, peer: ours.peer },
      invite,
      fromDevice,
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
      this.#context.postbox
        .post(
          from,
          { type: 'busy', callId: signal.callId },
          { toDevice: fromDevice, ttlMs: CALL_SIGNAL_TTL_MS },
        )
        .catch((error) => this.#context.logger.info({ err: error }, 'busy could not be said'));
    }
    this.#missed(options);
  }

  #missed({ id, media, peer }: ConstructorParameters<typeof IncomingCall>[1]): void {
    this.#recent.add({
      id,
      userId: peer.userId,
      name: peer.name,
      direction: 'incoming',
      media,
      startedAt: this.#context.outside.clock.wallNow(),
      durationS: 0,
      end: 'no-answer-here',
    });
    this.emit('recent');
  }

  #isStale({ sentAt }: ReceivedSignal): boolean {
    return this.#context.serverNow() - sentAt > RING_LIMIT_MS;
  }

  #strangerMayRing(): boolean {
    const now = this.#context.outside.clock.now();
    this.#strangers = this.#strangers.filter((at) => now - at < STRANGER_WINDOW_MS);
    if (this.#strangers.length >= STRANGER_CALLS) return false;
    this.#strangers.push(now);
    return true;
  }
}
