/**
 * What a call is and what is told of it: who, since when, in which phase, how it went. What it does is `call.ts`'s.
 */
import { EventEmitter } from 'node:events';
import type {
  CallPeer,
  CallPhase,
  CallRecord,
  CallSnapshot,
  EndReason,
  PathReport,
  TimelineEvent,
} from '../../../shared/call.ts';
import type { CallId, MediaKind, MediaState } from '../../../shared/words.ts';
import type { Clock } from '../outside/index.ts';
import type { Line } from './line.ts';
import { Timeline } from './timeline.ts';

export interface CallOptions {
  readonly id: CallId;
  readonly peer: CallPeer;
  readonly media: MediaKind;
}

const NOTHING_CARRIED = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0 };
const NO_PATH: PathReport = {
  state: 'idle',
  attempts: [],
  carried: { direct: NOTHING_CARRIED, sfu: NOTHING_CARRIED, relay: NOTHING_CARRIED },
};

export abstract class CallState extends EventEmitter<{ changed: []; ended: [] }> {
  abstract readonly direction: 'outgoing' | 'incoming';
  readonly id: CallId;
  readonly peer: CallPeer;
  readonly media: MediaKind;
  protected line: Line | undefined;
  /** Nothing of ours may leave through the media end before this. */
  protected maySendMedia = false;
  protected peerMedia: MediaState;
  /** `clock.now()` when the call began. */
  protected readonly startedAtMs: number;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #timeline: Timeline;
  #phase: CallPhase;
  #answeredAt: number | undefined;
  #endedAt: number | undefined;
  #end: EndReason | undefined;
  #lastPath: PathReport = NO_PATH;

  constructor(clock: Clock, { id, peer, media }: CallOptions, phase: CallPhase) {
    super();
    this.id = id;
    this.peer = peer;
    this.media = media;
    this.#clock = clock;
    this.#phase = phase;
    const startedAtMs = clock.now();
    this.startedAtMs = startedAtMs;
    this.#startedAt = clock.wallNow();
    this.#timeline = new Timeline(() => clock.now() - startedAtMs);
    this.peerMedia = { microphone: true, camera: media === 'video' };
  }

  get phase(): CallPhase {
    return this.#phase;
  }

  get isOver(): boolean {
    return this.#phase === 'ended';
  }

  get isAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  snapshot(): CallSnapshot {
    return {
      id: this.id,
      peer: this.peer,
      direction: this.direction,
      media: this.media,
      phase: this.#phase,
      startedAt: this.#startedAt,
      answeredAt: this.#answeredAt,
      endedAt: this.#endedAt,
      end: this.#end,
      endpoint: this.isOver ? undefined : this.line?.endpoint(),
      maySendMedia: this.maySendMedia,
      peerMedia: this.peerMedia,
      path: this.#pathReport(),
      timeline: this.#timeline.events,
    };
  }

  #pathReport(): PathReport {
    const report = this.line ? this.line.session.report() : this.#lastPath;
    // For a moment after the end the path still carries the goodbye; for whoever looks, it is over.
    return this.isOver && report.state !== 'lost' ? { ...report, state: 'closed' } : report;
  }

  record(): CallRecord {
    const { carried, active } = this.#lastPath;
    const busiest = (['direct', 'sfu', 'relay'] as const).find((kind) => carried[kind].packetsReceived > 0);
    return {
      id: this.id,
      userId: this.peer.userId,
      name: this.peer.name,
      direction: this.direction,
      media: this.media,
      startedAt: this.#startedAt,
      durationS:
        this.#answeredAt === undefined
          ? 0
          : Math.max(0, Math.round(((this.#endedAt ?? this.#answeredAt) - this.#answeredAt) / 1000)),
      end: this.#end ?? 'hung-up-here',
      pathKind: active?.kind ?? busiest,
    };
  }

  protected setPhase(phase: CallPhase): void {
    if (this.isOver || this.#phase === phase) return;
    this.#phase = phase;
    this.emit('changed');
  }

  /** A line of the time line; none after the end. */
  protected mark(type: TimelineEvent['type'], detail?: string): void {
    if (!this.isOver) this.#timeline.mark(type, detail);
  }

  protected addToTimeline(event: TimelineEvent): void {
    if (!this.isOver) this.#timeline.add(event);
  }

  /** How the call travelled so far outlives the line it travelled by. */
  protected keepPath(): void {
    if (this.line) this.#lastPath = this.line.session.report();
  }

  protected becomeAnswered(peerMedia: MediaKind | undefined): void {
    this.#answeredAt = this.#clock.wallNow();
    this.maySendMedia = true;
    if (peerMedia) this.peerMedia = { microphone: true, camera: peerMedia === 'video' };
    this.mark('answered');
  }

  protected becomeEnded(reason: EndReason): void {
    this.#end = reason;
    this.#endedAt = this.#clock.wallNow();
    this.mark('ended');
    this.#phase = 'ended';
    this.maySendMedia = false;
    this.keepPath();
    this.emit('changed');
    this.emit('ended');
  }
}
