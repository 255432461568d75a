/**
 * One call: what both directions share. The phases are those of `CallPhase`:
 *
 *   outgoing  calling ─▶ ringing ─▶ connecting ─▶ active ─▶ ended
 *   incoming  incoming ───────────▶ connecting ─▶ active ─▶ ended
 *
 * Every phase may go to `ended`, with one named reason. `connecting` is passed through at once when the path was made
 * while it rang.
 */
import type { Logger } from 'pino';
import type { CallPhase, EndReason, PathReport } from '../../../shared/call.ts';
import type { HangUpReason, ReceivedSignal, Signal } from '../../../shared/signal.ts';
import type { Description, DeviceId, MediaKind, MediaState } from '../../../shared/words.ts';
import type { LadderWorld } from '../ladder/index.ts';
import type { Outside } from '../outside/index.ts';
import type { PathService } from '../path/index.ts';
import {
  CALL_SIGNAL_TTL_MS,
  CONNECT_LIMIT_MS,
  DESCRIBE_LIMIT_MS,
  GONE_AFTER_SILENCE_MS,
  MAX_OFFERS,
  REPORT_INTERVAL_MS,
} from './constants.ts';
import { RefusedError } from './errors.ts';
import { hearFindings, tellFindings } from './findings.ts';
import { Line, type ReadyEndpoint } from './line.ts';
import { OwnMedia } from './own-media.ts';
import type { Delivery, Postbox } from './postbox.ts';
import { HANG_UP_HEARD } from './reasons.ts';
import type { SpareAnswer } from './spare-answer.ts';
import { type CallOptions, CallState } from './state.ts';
import { NamedTimers } from './timers.ts';

export interface CallContext {
  readonly outside: Outside;
  readonly paths: PathService;
  readonly carriers: LadderWorld;
  readonly postbox: Postbox;
  /** The media end that a page has ready for a call that comes in. */
  readonly spare: SpareAnswer;
  readonly logger: Logger;
  /** Our own name, told to whoever we call or answer. */
  readonly ownName: () => string;
  /** The time by the server's clock, ms since 1970: what envelopes are dated with. */
  readonly serverNow: () => number;
  /** Whether the server shows this person as reachable. */
  readonly isOnline: (userId: string) => boolean;
}

type CallTimer = 'ring' | 'invite' | 'connect' | 'describe' | 'silent' | 'remake' | 'report';

export abstract class Call extends CallState {
  protected readonly context: CallContext;
  protected readonly ownMedia: OwnMedia;
  #peerMediaSentAt = 0;
  #lastHeardAt = 0;
  #offers = 0;
  /** The endpoint whose media end has failed while there was no path. */
  #failedMediaEnd: string | undefined;
  protected readonly timers: NamedTimers<CallTimer>;

  constructor(context: CallContext, options: CallOptions, phase: CallPhase) {
    super(context.outside.clock, options, phase);
    this.context = context;
    this.timers = new NamedTimers(context.outside.clock);
    this.ownMedia = new OwnMedia(options.media);
  }

  /** The machine of theirs that the call is with, once it is with one. */
  get device(): DeviceId | undefined {
    return this.line?.device;
  }

  /** When what we heard last of that machine was sent, ms since 1970 by the server's clock. */
  get lastHeardAt(): number {
    return this.#lastHeardAt;
  }

  /**
   * The renderer describes the endpoint that the snapshot asked for. The first description counts.
   * @throws RefusedError CALL_UNKNOWN, or DESCRIPTION_UNUSABLE also for a second one
   */
  describe(endpointId: string, description: Description): void {
    if (this.isOver || !this.line || this.line.id !== endpointId) throw new RefusedError('CALL_UNKNOWN');
    this.line.describe(description);
  }

  /** The page that made this endpoint is gone, and another one wants to go on with the call. */
  remakeEndpoint(endpointId: string): void {
    // One that nobody described yet can be made by any page; another id means that somebody was quicker.
    if (this.isOver || this.line?.id !== endpointId || !this.line.localDescription) return;
    this.remake();
    this.emit('changed');
  }

  /** What the renderer's media end has reached. */
  mediaEvent(endpointId: string, event: 'connected' | 'failed' | 'first-audio' | 'first-video'): void {
    if (!this.line || this.line.id !== endpointId || this.isOver) return;
    if (event === 'failed') {
      // A media end also fails when its path died; that has a better name, and the path finds it.
      if (this.line.session.report().state === 'open') this.endWith('media-failed', 'media-failed');
      else this.#failedMediaEnd = endpointId;
      return;
    }
    this.mark(event === 'connected' ? 'media-connected' : event);
    this.emit('changed');
  }

  setMediaState(state: MediaState): void {
    this.ownMedia.become(state);
    if (this.isAnswered && !this.isOver) this.tellMediaState();
  }

  /** The connection to the server came or went. A call that has its path goes on without it. */
  serverChanged(connected: boolean): void {
    if (this.isOver) return;
    this.mark(connected ? 'server-back' : 'server-lost');
    this.emit('changed');
  }

  /** Ends the call from this side: cancel, decline or hang up, whichever it is now. */
  abstract hangUp(): void;
  /** The app is about to close. */
  abstract appClosing(): Promise<void>;
  /** A believed signal of this call, from the peer. */
  handle(received: ReceivedSignal): void {
    if (this.isOver) return;
    this.heard(received);
    if (received.fromDevice === this.device) this.heardAt(received.sentAt);
  }

  /** The app of theirs that this call was with has started anew and knows it no longer. */
  forgottenThere(): void {
    this.end(this.isAnswered ? 'peer-gone' : 'cancelled-there');
  }

  // What the two directions share

  protected abstract heard(received: ReceivedSignal): void;

  protected heardAt(sentAt: number): void {
    this.#lastHeardAt = Math.max(this.#lastHeardAt, sentAt);
  }

  /** @param ready the media end, where a page has made it ahead */
  protected openLine(role: 'offerer' | 'answerer', ready?: ReadyEndpoint): Line {
    this.closeLine();
    const { outside, paths, carriers, logger } = this.context;
    const line = new Line({
      outside,
      paths,
      carriers,
      logger,
      otherUser: this.peer.userId,
      role,
      startedAtMs: this.startedAtMs,
      isAnswered: () => this.isAnswered,
      ready,
    });
    this.line = line;
    line.on('endpoint', () => this.emit('changed'));
    line.once('described', () => this.timers.clear('describe'));
    line.once('failed', () => this.mediaEndImpossible());
    tellFindings(line, this.id, (signal) => void this.tell(signal));
    line.session.on('hopeless', () => this.#hopeless(line));
    line.session.on('timeline', (event) => {
      this.addToTimeline(event);
    });
    line.session.on('report', () => this.#reportSoon());
    line.session.on('state', (state) => this.#pathChanged(line, state));
    line.session.on('control', (bytes) => this.context.postbox.receiveControl(bytes));
    this.expectDescription();
    return line;
  }

  /** This machine cannot carry the call. */
  protected mediaEndImpossible(): void {
    this.endWith('media-failed', 'media-failed');
  }

  /** The interface has a limited time to describe its end. */
  protected expectDescription(): void {
    this.timers.set('describe', DESCRIBE_LIMIT_MS, () => this.describeLimitReached());
  }

  /** Gives up the line whose media end is gone, and sees to another one when it is wanted. */
  protected abstract remake(): void;

  /** Whether an offer of theirs is taken while one of ours is under way; of the two sides, one does. */
  protected abstract readonly givesWayToOffers: boolean;

  /** A new line, offered to one machine of theirs alone. */
  protected startOverWith(device: DeviceId): void {
    const line = this.openLine('offerer');
    line.device = device;
    line.once('described', (description) => {
      line.announced = true;
      void this.tell({ type: 'offer', callId: this.id, path: line.session.local, description }, device);
    });
    this.#expectPath();
  }

  /**
   * The answering end of a line that they offer.
   * @param described what to do once our renderer has described itself
   * @returns our description, where a page made it ahead: whoever asked tells it, and `described` is not called
   */
  protected openAnswer(
    offered: Pick<Extract<Signal, { type: 'offer' }>, 'path' | 'description'>,
    device: DeviceId,
    described: (line: Line, description: Description) => void,
  ): Description | undefined {
    const ready = this.context.spare.takeFor(offered.description);
    const line = this.openLine('answerer', ready);
    if (ready) {
      line.describe(ready.description);
    } else {
      line.once('described', (description) => {
        if (this.isOver) return;
        line.announced = true;
        described(line, description);
      });
    }
    if (!line.setRemoteDescription(offered.description)) {
      this.endWith('media-failed', 'media-failed');
      return undefined;
    }
    line.connect(offered.path, device);
    return line.localDescription;
  }

  /** No interface made a description in time. */
  protected abstract describeLimitReached(): void;

  protected closeLine(): void {
    if (!this.line) return;
    this.keepPath();
    this.line.close();
    this.line = undefined;
  }

  /** A person answered, here or there. */
  protected answered(peerMedia: MediaKind | undefined): void {
    if (this.isOver || this.isAnswered) return;
    this.becomeAnswered(peerMedia);
    this.timers.clear('ring');
    this.#advance();
    if (this.phase === 'connecting') this.#expectPath();
    if (this.line) this.#hopeless(this.line);
    this.emit('changed');
  }

  /** After an answer a path has a limited time to open. */
  #expectPath(): void {
    this.timers.set('connect', CONNECT_LIMIT_MS, () => {
      if (this.isAnswered) this.endWith('no-path', 'no-path');
    });
  }

  /** Waiting longer would change nothing; before an answer nobody waits. */
  #hopeless(line: Line): void {
    const isOver = line.session.isHopeless && !line.ladder.isTrying && !line.turn.isTrying;
    if (line === this.line && isOver && this.phase === 'connecting') {
      this.endWith('no-path', 'no-path');
    }
  }

  /**
   * Sends a signal of this call by every road there is. A failure is logged; what matters has a timer of its own.
   * @param to a machine of theirs, or all of them
   * @param unwanted once it fires, the signal is not sent any more if it has not been
   */
  protected async tell(
    signal: Signal,
    to: DeviceId | 'all' = this.line?.device ?? 'all',
    unwanted?: AbortSignal,
  ): Promise<Delivery | undefined> {
    const { line } = this;
    const hasPath = line?.session.report().state === 'open' && (to === 'all' || to === line.device);
    try {
      return await this.context.postbox.post(this.peer.userId, signal, {
        toDevice: to === 'all' ? undefined : to,
        ttlMs: CALL_SIGNAL_TTL_MS,
        control: hasPath ? line.session : undefined,
        unwanted,
      });
    } catch (error) {
      this.context.logger.info({ signal: signal.type, err: error }, 'a signal did not go through the server');
      return undefined;
    }
  }

  /** Says what our devices show where that is news: an invitation and an answer say what they begin with. */
  protected tellMediaState(): void {
    const state = this.ownMedia.takeNews();
    if (state) void this.tell({ type: 'media-state', callId: this.id, state });
  }

  /** Signals that mean the same in both directions, once the call has one machine at the other end. */
  protected handleShared(received: ReceivedSignal): void {
    const { signal, fromDevice, sentAt } = received;
    if (fromDevice !== this.line?.device) return;
    switch (signal.type) {
      case 'hang-up':
        this.end(HANG_UP_HEARD[signal.reason]);
        break;
      case 'media-state':
        // Of two that are told at once, the first may come last.
        if (sentAt < this.#peerMediaSentAt) break;
        this.#peerMediaSentAt = sentAt;
        this.peerMedia = signal.state;
        this.emit('changed');
        break;
      case 'offer':
        this.#offered(signal, fromDevice);
        break;
      case 'accept':
        if (!this.line.isConnected && this.line.setRemoteDescription(signal.description)) {
          this.line.connect(signal.path, fromDevice);
        }
        break;
      default:
        hearFindings(this.line, received);
    }
  }

  /** They start the line over: another machine of theirs answered, or the page they talk through was loaded anew. */
  #offered(signal: Extract<Signal, { type: 'offer' }>, device: DeviceId): void {
    const crossed = this.line?.role === 'offerer' && !this.line.isConnected;
    if (!this.isAnswered || this.#offers >= MAX_OFFERS || (crossed && !this.givesWayToOffers)) return;
    this.#offers += 1;
    const accept = (line: Line, description: Description) => {
      line.announced = true;
      void this.tell({ type: 'accept', callId: this.id, path: line.session.local, description }, device);
    };
    const ready = this.openAnswer(signal, device, accept);
    if (ready && this.line) accept(this.line, ready);
    this.#expectPath();
    this.emit('changed');
  }

  /** Ends the call and says so to the other side. */
  protected endWith(reason: EndReason, told: HangUpReason): void {
    if (this.isOver) return;
    void this.tell({ type: 'hang-up', callId: this.id, reason: told });
    this.end(reason);
  }

  /** The one way into `ended`. The path is closed a moment later, so that the last word still gets out over it. */
  protected end(reason: EndReason): void {
    if (this.isOver) return;
    this.timers.clearAll();
    if (reason === 'no-path') this.line?.session.giveUp();
    this.becomeEnded(reason);
  }

  /** Frees sockets and ports; the owner calls it once the last signals are out. */
  close(): void {
    this.timers.clearAll();
    this.closeLine();
    this.removeAllListeners();
  }

  #pathChanged(line: Line, state: PathReport['state']): void {
    if (line !== this.line || this.isOver) return;
    if (state === 'open') {
      // It gave up in a silence that the path has outlived: without another the call would have no picture and no sound.
      if (this.#failedMediaEnd === line.id) this.timers.set('remake', 0, () => this.remakeEndpoint(line.id));
      this.#advance();
    }
    if (state === 'silent') {
      this.timers.set('silent', GONE_AFTER_SILENCE_MS, () => this.#stillSilent());
    } else {
      this.timers.clear('silent');
    }
    if (state === 'lost' && this.isAnswered) this.#pathLost();
    else this.emit('changed');
  }

  /** Silence alone may be a tunnel on a train; silence of someone the server no longer sees is their app gone. */
  #stillSilent(): void {
    if (!this.isAnswered) return;
    if (this.context.paths.hasNetwork() && !this.context.isOnline(this.peer.userId) && this.peer.isContact) {
      this.endWith('peer-gone', 'path-lost');
    } else {
      this.timers.set('silent', GONE_AFTER_SILENCE_MS, () => this.#stillSilent());
    }
  }

  #pathLost(): void {
    this.endWith(this.context.paths.hasNetwork() ? 'peer-gone' : 'network-gone', 'path-lost');
  }

  #advance(): void {
    if (!this.isAnswered || this.isOver) return;
    if (this.line?.session.report().state === 'open') {
      this.timers.clear('connect');
      this.setPhase('active');
    } else if (this.phase !== 'active') {
      this.setPhase('connecting');
    }
  }

  #reportSoon(): void {
    if (this.timers.isSet('report') || this.isOver) return;
    this.timers.set('report', REPORT_INTERVAL_MS, () => this.emit('changed'));
  }
}
