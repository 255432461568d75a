/**
 * One WebSocket to a rendezvous server, from dialling to its end: the handshake, the check of every frame, the watch over
 * silence. What to do about an end is the client's business.
 */
import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import type { ServerState } from '../../../shared/app.ts';
import {
  authenticationText,
  type ClientFrame,
  MAX_FRAME_BYTES,
  PROTOCOL_VERSION,
  ServerFrame,
} from '../../../shared/rendezvous.ts';
import type { Identity } from '../identity/identity.ts';
import type { Clock, Timer } from '../outside/index.ts';
import {
  CLOCK_STEP_MS,
  CLOSE_LIMIT_MS,
  CONNECT_LIMIT_MS,
  LINE_MEASUREMENT_PERIOD_MS,
  LINE_MEASUREMENTS,
  MAX_BAD_FRAMES,
  PROBE_LIMIT_MS,
  SILENT_HEARTBEATS,
} from './constants.ts';

export type Welcome = Extract<ServerFrame, { type: 'welcome' }>;
export type LaterFrame = Exclude<ServerFrame, { type: 'challenge' | 'welcome' | 'goodbye' }>;
type Goodbye = Extract<ServerFrame, { type: 'goodbye' }>['reason'];

/** Why a connection ended, and whether trying again makes sense. */
export interface ConnectionEnd {
  readonly reason: NonNullable<ServerState['reason']>;
  readonly retry: 'soon' | 'rarely' | 'never';
  /** For the log. */
  readonly detail: string;
}

export interface ConnectionEvents {
  /** Authenticated. `offsetMs`: how far the server's clock is ahead of ours. */
  welcomed(welcome: Welcome, offsetMs: number): void;
  frame(frame: LaterFrame): void;
  /** Once; nothing comes after it. */
  ended(end: ConnectionEnd): void;
}

export interface ConnectionOptions {
  readonly url: URL;
  readonly identity: Identity;
  readonly clock: Clock;
  /** The session to resume. */
  readonly resume: string | undefined;
  readonly events: ConnectionEvents;
}

/** RFC 6455 §7.4.1: a normal closure. The server forgets the session at once. */
const CLOSE_LEAVING = 1000;

const GOODBYES: Record<Goodbye, Pick<ConnectionEnd, 'reason' | 'retry'>> = {
  'bad-frame': { reason: 'closed', retry: 'soon' },
  'bad-signature': { reason: 'refused', retry: 'rarely' },
  'bad-version': { reason: 'version', retry: 'rarely' },
  // The same machine of ours is connected from elsewhere: coming back would only throw that one out.
  replaced: { reason: 'replaced', retry: 'never' },
  'shutting-down': { reason: 'closed', retry: 'soon' },
  'too-many': { reason: 'closed', retry: 'soon' },
  'too-slow': { reason: 'closed', retry: 'soon' },
};

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;
  #stage: 'dialling' | 'open' | 'authenticating' | 'welcomed' | 'ended' = 'dialling';
  #limit: Timer;
  #measuring: Timer;
  #authenticatedAt = 0;
  #heardAt = 0;
  #lifeSigns = 0;
  #silenceLimitMs = 0;
  /** Wall clock minus the clock that only grows, when the server's time was taken. */
  #clockDifference = 0;
  #badFrames = 0;
  #localAddress: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { clock, url } = options;
    this.#limit = clock.setTimer(() => this.#tooLate(), CONNECT_LIMIT_MS);
    this.#socket = new WebSocket(url, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    });
    const socket = this.#socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('upgrade', ({ socket: { localAddress } }) => {
      this.#localAddress = localAddress;
    });
    socket.on('open', () => {
      if (this.#stage === 'dialling') this.#stage = 'open';
    });
    socket.on('ping', () => this.#lifeSign());
    socket.on('pong', () => this.#lifeSign());
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('unexpected-response', (_request, response) => this.#onHttpAnswer(response));
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', (code) => {
      this.#end(this.#stage === 'dialling' ? 'unreachable' : 'closed', 'soon', `closed with ${code}`);
    });
  }

  /** Says one frame; false when the connection is not there for it. */
  send(frame: ClientFrame): boolean {
    if (this.#stage !== 'welcomed' && frame.type !== 'authenticate') return false;
    this.#socket.send(JSON.stringify(frame), ignoreSendResult);
    return true;
  }

  /** Stops or continues reading from the server. */
  pause(paused: boolean): void {
    if (this.#stage === 'ended') return;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Asks for a sign of life; ends the connection as silent where none comes in time. */
  probe(): void {
    if (this.#stage !== 'welcomed') return;
    const { clock } = this.#options;
    const before = this.#lifeSigns;
    this.#socket.ping(undefined, undefined, ignoreSendResult);
    clock.clearTimer(this.#limit);
    this.#limit = clock.setTimer(() => {
      if (this.#lifeSigns === before) this.#end('silent', 'soon', 'no answer to a ping');
      else this.#watchSilence();
    }, PROBE_LIMIT_MS);
  }

  /** Ends the connection when it stands on an address that this machine has lost: nothing will ever be heard on it again. */
  addressesGone(gone: ReadonlySet<string>): void {
    const address = this.#localAddress?.replace(/^::ffff:/, '');
    if (address !== undefined && gone.has(address)) this.#end('silent', 'soon', 'its address is gone');
  }

  /** Takes leave of the server; resolves when the socket is gone. No event follows. */
  async close(): Promise<void> {
    if (this.#stage !== 'ended') {
      this.#stage = 'ended';
      const { clock } = this.#options;
      clock.clearTimer(this.#limit);
      clock.clearTimer(this.#measuring);
      this.#limit = clock.setTimer(() => this.#socket.terminate(), CLOSE_LIMIT_MS);
      this.#socket.resume();
      this.#socket.close(CLOSE_LEAVING);
    }
    await this.#closed;
    this.#options.clock.clearTimer(this.#limit);
  }

  #end(reason: ConnectionEnd['reason'], retry: ConnectionEnd['retry'], detail: string): void {
    if (this.#stage === 'ended') return;
    this.#stage = 'ended';
    this.#options.clock.clearTimer(this.#limit);
    this.#options.clock.clearTimer(this.#measuring);
    // Cut, not closed: a closed session is forgotten by the server, and a cut one can be resumed.
    this.#socket.terminate();
    this.#options.events.ended({ reason, retry, detail });
  }

  #tooLate(): void {
    if (this.#stage === 'dialling') this.#end('unreachable', 'soon', 'no connection in time');
    else if (this.#stage !== 'welcomed') this.#end('silent', 'soon', 'no welcome in time');
  }

  #onError(error: Error): void {
    if (this.#stage === 'ended') return;
    const answered = this.#stage !== 'dialling' || isForeignAnswer(error);
    if (this.#stage === 'welcomed') this.#end('closed', 'soon', error.message);
    else if (answered) this.#end('not-byway', 'rarely', error.message);
    else this.#end('unreachable', 'soon', error.message);
  }

  /** An HTTP server answered, but not with a WebSocket. */
  #onHttpAnswer(response: IncomingMessage): void {
    const status = response.statusCode ?? 0;
    response.destroy();
    // Full, closing, or a proxy whose server is away: that passes. Anything else does not by itself.
    if (status === 429 || status >= 500) this.#end('unreachable', 'soon', `HTTP status ${status}`);
    else this.#end('not-byway', 'rarely', `HTTP status ${status}`);
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#stage === 'ended') return;
    this.#lifeSign();
    const frame = isBinary ? null : readFrame(data);
    if (frame === null) this.#badFrame('a frame that breaks the contract');
    else if (frame.type === 'goodbye') {
      const { reason, retry } = GOODBYES[frame.reason];
      this.#end(reason, retry, `goodbye: ${frame.reason}`);
    } else if (frame.type === 'challenge') this.#onChallenge(frame);
    else if (frame.type === 'welcome') this.#onWelcome(frame);
    else if (this.#stage === 'welcomed') this.#options.events.frame(frame);
    else this.#badFrame(`${frame.type} before the welcome`);
  }

  #onChallenge({ version, nonce }: Extract<ServerFrame, { type: 'challenge' }>): void {
    if (this.#stage !== 'open') {
      this.#badFrame('a second challenge');
      return;
    }
    if (version !== PROTOCOL_VERSION) {
      this.#end('version', 'rarely', `the server speaks version ${version}`);
      return;
    }
    const { identity, url, clock, resume } = this.#options;
    const { userId, deviceId } = identity;
    const signature = identity
      .sign(authenticationText(url.host, nonce, userId, deviceId))
      .toString('base64url');
    this.#stage = 'authenticating';
    this.#authenticatedAt = clock.wallNow();
    this.send({
      type: 'authenticate',
      version: PROTOCOL_VERSION,
      userId,
      deviceId,
      signature,
      ...(resume === undefined ? {} : { resume }),
    });
  }

  #onWelcome(welcome: Welcome): void {
    if (this.#stage !== 'authenticating') {
      this.#badFrame('a welcome nobody asked for');
      return;
    }
    const { clock, events } = this.#options;
    const wallNow = clock.wallNow();
    this.#stage = 'welcomed';
    this.#clockDifference = wallNow - clock.now();
    this.#silenceLimitMs = welcome.configuration.heartbeatMs * SILENT_HEARTBEATS;
    this.#watchSilence();
    this.#measureRoundTrips(LINE_MEASUREMENTS);
    events.welcomed(welcome, Math.round(welcome.serverTimeMs - (this.#authenticatedAt + wallNow) / 2));
  }

  /**
   * Some round trips at once, for TCP's sake: it learns from them how soon a packet must be lost (RFC 6298 §2). From the handshake alone
   * it waits three round trips for each, and many where one of the handshake was lost; a call that begins then would wait so long too.
   */
  #measureRoundTrips(left: number): void {
    const { clock } = this.#options;
    this.#socket.ping(undefined, undefined, ignoreSendResult);
    if (left > 1)
      this.#measuring = clock.setTimer(() => this.#measureRoundTrips(left - 1), LINE_MEASUREMENT_PERIOD_MS);
  }

  #badFrame(detail: string): void {
    this.#badFrames++;
    if (this.#stage !== 'welcomed') this.#end('not-byway', 'rarely', detail);
    else if (this.#badFrames > MAX_BAD_FRAMES) this.#end('closed', 'soon', detail);
  }

  #lifeSign(): void {
    const { clock } = this.#options;
    this.#heardAt = clock.now();
    this.#lifeSigns++;
    if (this.#stage !== 'welcomed') return;
    const drift = clock.wallNow() - this.#heardAt - this.#clockDifference;
    // Somebody set our clock, or the machine slept: the server's time that we know is wrong by as much.
    if (Math.abs(drift) > CLOCK_STEP_MS) this.#end('closed', 'soon', 'our clock has jumped');
  }

  #watchSilence(): void {
    const { clock } = this.#options;
    clock.clearTimer(this.#limit);
    const leftMs = this.#heardAt + this.#silenceLimitMs - clock.now();
    if (leftMs <= 0) this.#end('silent', 'soon', 'no heartbeat');
    else this.#limit = clock.setTimer(() => this.#watchSilence(), leftMs);
  }
}

function readFrame(data: RawData): ServerFrame | null {
  try {
    const parsed = ServerFrame.safeParse(JSON.parse(data.toString()));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // Not JSON.
  }
}

/** Something answers there that is no Byway server: no HTTP, no WebSocket, no TLS, or a certificate that is not its own. */
function isForeignAnswer(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^HPE_|^ERR_TLS|^ERR_SSL|^EPROTO$|CERT|^UNABLE_TO/.test(code) ||
    /Sec-WebSocket|Upgrade header/.test(error.message)
  );
}

/** A frame that could not be sent belongs to a connection that ends; its end is what counts. */
function ignoreSendResult(): void {}
