/** One WebSocket: frames in and out, heartbeat, back-pressure, and an orderly end. Knows nothing of users. */
import type { RawData, WebSocket } from 'ws';
import { ClientFrame, PROTOCOL_VERSION, type ServerFrame } from '../../shared/rendezvous.ts';
import type { Clock } from '../clock.ts';
import { CLOSE_LEAVING, CLOSING_MS, type ServerLimits } from '../constants.ts';
import { Heartbeat } from '../heartbeat.ts';
import { TokenBucket } from '../token-buckets.ts';

export type GoodbyeReason = Extract<ServerFrame, { type: 'goodbye' }>['reason'];

/** RFC 6455 §7.4.1 and the registry behind it: 1008 policy, 1012 service restart, 1013 try again later. */
const CLOSE_CODE: Record<GoodbyeReason, number> = {
  'bad-frame': 1008,
  'bad-signature': 1008,
  'bad-version': 1008,
  replaced: 1008,
  'shutting-down': 1012,
  'too-many': 1013,
  'too-slow': 1013,
};

export interface ConnectionEvents {
  frame(frame: ClientFrame): void;
  /** Once. `leaving`: the client closed with 1000; otherwise the connection dropped, and the client may be back. */
  closed(leaving: boolean): void;
  goodbye(reason: GoodbyeReason): void;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #events: ConnectionEvents;
  readonly #frames: TokenBucket;
  readonly #heartbeat: Heartbeat;
  #closing: unknown;
  #ended = false;
  #closed = false;

  constructor(socket: WebSocket, clock: Clock, limits: ServerLimits, events: ConnectionEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
    this.#frames = new TokenBucket(
      { perSecond: limits.framesPerSecond, burst: limits.frameBurst },
      clock.now(),
    );
    this.#heartbeat = new Heartbeat(socket, clock, limits.heartbeatMs, () => this.drop());
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('ping', () => this.#admit());
    socket.on('pong', () => this.#admit());
    // ws has closed the connection already, with a code that says why (1009 too large, 1007 not UTF-8, 1002 not WebSocket).
    socket.on('error', () => this.#end());
    socket.on('close', (code) => this.#onClose(code));
  }

  /** Whether frames still go out. */
  get open(): boolean {
    return !this.#ended;
  }

  /** Sends a frame, in text so that one text can go to several. Does nothing once the end has begun. */
  sendText(text: string): void {
    if (this.#ended) return;
    if (this.#socket.bufferedAmount > this.#limits.bufferedBytes) {
      // A goodbye behind megabytes that are not read would never arrive in time; it is said all the same.
      this.goodbye('too-slow');
      return;
    }
    this.#socket.send(text, ignoreSendResult);
  }

  send(frame: ServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  /** Says why, then closes; cuts the connection when the other end does not finish the handshake. */
  goodbye(reason: GoodbyeReason): void {
    if (this.#ended) return;
    this.#events.goodbye(reason);
    this.#socket.send(JSON.stringify({ type: 'goodbye', reason } satisfies ServerFrame), ignoreSendResult);
    this.#end();
    this.#socket.close(CLOSE_CODE[reason], reason);
  }

  /** Cuts the connection without a word. */
  drop(): void {
    this.#end();
    this.#socket.terminate();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#heartbeat.stop();
    if (!this.#closed) this.#closing = this.#clock.setTimer(() => this.#socket.terminate(), CLOSING_MS);
  }

  #onClose(code: number): void {
    const leaving = !this.#ended && code === CLOSE_LEAVING;
    this.#closed = true;
    this.#end();
    this.#clock.clearTimer(this.#closing);
    this.#events.closed(leaving);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#ended || !this.#admit()) return;
    const frame = isBinary ? null : readFrame(data.toString());
    if (frame === null || frame === 'bad-version') {
      this.goodbye(frame ?? 'bad-frame');
      return;
    }
    this.#events.frame(frame);
  }

  /** Notes the sign of life and charges for it; pings cost what frames cost, because ws answers each. */
  #admit(): boolean {
    const nowMs = this.#clock.now();
    this.#heartbeat.heard(nowMs);
    if (this.#frames.take(nowMs)) return true;
    this.goodbye('too-many');
    return false;
  }
}

/** A frame that could not be sent: the connection is ending, and its 'close' event says so. */
function ignoreSendResult(): void {}

/** Null for what is no frame of ours, `bad-version` for an `authenticate` of another protocol version. Never throws. */
function readFrame(text: string): ClientFrame | 'bad-version' | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // Not JSON: the same verdict as JSON of another shape.
  }
  const parsed = ClientFrame.safeParse(value);
  if (parsed.success) return parsed.data;
  return isOtherVersion(value) ? 'bad-version' : null;
}

function isOtherVersion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('version' in value))
    return false;
  return (
    value.type === 'authenticate' && Number.isInteger(value.version) && value.version !== PROTOCOL_VERSION
  );
}
