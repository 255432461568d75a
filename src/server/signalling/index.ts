/**
 * Signalling: from the WebSocket handshake to the routing of envelopes. Each connection is unauthenticated until its one
 * answer to the challenge is right, then belongs to a session.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { MAX_LEG_MESSAGE_BYTES } from '../../main/engine/sfu/constants.ts';
import { type ClientConfiguration, type ClientFrame, PROTOCOL_VERSION } from '../../shared/rendezvous.ts';
import type { Clock } from '../clock.ts';
import { MAILBOX_SWEEP_MS, RATE_MEMORY, type ServerLimits } from '../constants.ts';
import type { Directory } from '../directory/index.ts';
import { shortId } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { RELAY_PATH } from '../relay/constants.ts';
import { limitKey, plainAddress } from '../source-address.ts';
import type { Mailbox } from '../store/index.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import type { TurnCredentials } from '../turn/credentials.ts';
import { Admission } from './admission.ts';
import { type AuthenticateFrame, newNonce, provesIdentity } from './authentication.ts';
import { Connection } from './connection.ts';
import { isOwnHost } from './host.ts';
import { Presence } from './presence.ts';
import { Router } from './router.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';

export interface SignallingParts {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly mailbox: Mailbox;
  readonly publicHost: string | undefined;
  /** Whether the last X-Forwarded-For entry names the client: only behind a proxy of our own. */
  readonly trustProxy: boolean;
  /** Read at every `welcome`. */
  readonly configuration: () => ClientConfiguration;
  readonly directory: Directory;
  readonly turn: TurnCredentials;
  /** A WebSocket that is a relay's leg and not a client. Undefined where this server runs no relay. */
  readonly acceptLeg: ((webSocket: WebSocket, address: string, port: number) => void) | undefined;
}

const PATHS = new Set(['/', '/byway']);

export class Signalling {
  readonly #parts: SignallingParts;
  readonly #webSockets: WebSocketServer;
  readonly #legs: WebSocketServer;
  readonly #connections = new Set<Connection>();
  /** WebSockets that are legs of the relay. */
  #legCount = 0;
  readonly #admission: Admission;
  /** Of legs, counted by themselves: a house full of relayed calls must not keep anybody there from signing in. */
  readonly #legAdmission: Admission;
  readonly #authenticationRate: KeyedTokenBuckets;
  readonly #sessions: Sessions;
  readonly #presence: Presence;
  readonly #router: Router;
  #sweep: unknown;
  #idle: (() => void) | undefined;
  #closed = false;

  constructor(parts: SignallingParts) {
    const { clock, limits, metrics, mailbox } = parts;
    this.#parts = parts;
    // No compression: a small frame could unfold into a large one, and sealed bytes do not shrink.
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: limits.frameBytes,
      perMessageDeflate: false,
      clientTracking: false,
    });
    this.#legs = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_LEG_MESSAGE_BYTES,
      perMessageDeflate: false,
      clientTracking: false,
    });
    this.#admission = new Admission(clock, limits);
    this.#legAdmission = new Admission(clock, limits);
    this.#authenticationRate = new KeyedTokenBuckets(
      { perSecond: limits.authenticationsPerSecond, burst: limits.authenticationBurst },
      RATE_MEMORY,
    );
    this.#sessions = new Sessions(
      clock,
      limits,
      (session) => {
        this.#presence.sessionChanged(session);
        parts.directory.nodes.presenceChanged(session);
      },
      (session) => parts.directory.nodes.forgetOwner(session),
    );
    this.#presence = new Presence(this.#sessions);
    const envelopeRate = new KeyedTokenBuckets(
      { perSecond: limits.envelopesPerMinute / 60, burst: limits.envelopeBurst },
      RATE_MEMORY,
    );
    this.#router = new Router({ clock, limits, metrics, mailbox, sessions: this.#sessions, envelopeRate });
    this.#scheduleSweep();
  }

  get connections(): number {
    return this.#connections.size;
  }

  get connectedDevices(): number {
    return this.#sessions.connected;
  }

  /** Whether a user who is here names another one as a contact. */
  isContactOf(userId: string, contact: string): boolean {
    return this.#presence.isOnlineFor(contact, userId);
  }

  get resumableDevices(): number {
    return this.#sessions.resumable;
  }

  /** A WebSocket handshake has arrived on the HTTP server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { limits, publicHost } = this.#parts;
    const host = request.headers.host ?? '';
    const source = this.#sourceOf(request);
    const { acceptLeg } = this.#parts;
    const isLeg = acceptLeg !== undefined && pathOf(request) === RELAY_PATH;
    const admission = isLeg ? this.#legAdmission : this.#admission;
    if (!isLeg && !PATHS.has(pathOf(request))) {
      this.#refuse(socket, 'path', '404 Not Found', 'WebSocket connections go to /');
    } else if (!isOwnHost(host, request.socket.localAddress ?? '', publicHost)) {
      this.#parts.logger.warn(
        { host: host.slice(0, 253) },
        'refused a connection to a name that is not ours',
      );
      this.#refuse(
        socket,
        'host',
        '421 Misdirected Request',
        'This server does not know itself by the host name you used. Its operator can set that name with --public-host.',
      );
    } else if (this.#closed || this.#connections.size + this.#legCount >= limits.connections) {
      this.#refuse(socket, 'full', '503 Service Unavailable', 'The server is full or closing.');
    } else if (!admission.enter(source)) {
      this.#refuse(socket, 'address', '429 Too Many Requests', 'Too many connections from this address.');
    } else {
      // The place taken is given back whichever way the handshake ends.
      const giveBack = () => admission.leave(source);
      socket.once('close', giveBack);
      if (isLeg) {
        // It keeps its place for as long as it lives: its ticket proves no user.
        this.#legs.handleUpgrade(request, socket, head, (webSocket) => {
          this.#legCount++;
          socket.once('close', () => this.#legCount--);
          acceptLeg(webSocket, this.#addressOf(request), request.socket.remotePort ?? 0);
        });
        return;
      }
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        socket.off('close', giveBack);
        this.#accept(webSocket, this.#addressOf(request), host);
      });
    }
  }

  /** Says goodbye to every client and waits until the last connection has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.clock.clearTimer(this.#sweep);
    this.#sessions.clear();
    const ended = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    for (const connection of this.#connections) connection.goodbye('shutting-down');
    if (this.#connections.size > 0) await ended;
  }

  #accept(webSocket: WebSocket, address: string, host: string): void {
    const { clock, limits, metrics } = this.#parts;
    const source = limitKey(address);
    const nonce = newNonce();
    let session: Session | null = null;
    const connection = new Connection(webSocket, clock, limits, {
      frame: (frame) => {
        metrics.framesReceived.inc({ type: frame.type });
        if (session) {
          this.#handle(session, connection, frame);
        } else if (frame.type !== 'authenticate') {
          connection.goodbye('bad-frame');
        } else {
          session = this.#authenticate(connection, frame, { host, nonce, address });
          if (session) {
            clock.clearTimer(deadline);
            this.#admission.leave(source);
          }
        }
      },
      goodbye: (reason) => metrics.goodbyes.inc({ reason }),
      closed: (leaving) => {
        clock.clearTimer(deadline);
        this.#connections.delete(connection);
        if (session) this.#sessions.detach(session, connection, leaving);
        else this.#admission.leave(source);
        if (this.#connections.size === 0) this.#idle?.();
      },
    });
    const deadline = clock.setTimer(() => connection.goodbye('too-slow'), limits.authenticationMs);
    this.#connections.add(connection);
    connection.send({ type: 'challenge', version: PROTOCOL_VERSION, nonce, serverTimeMs: clock.wallNow() });
  }

  /** One attempt a connection: whatever goes wrong ends it, so a nonce is never tried twice. */
  #authenticate(
    connection: Connection,
    frame: AuthenticateFrame,
    { host, nonce, address }: { host: string; nonce: string; address: string },
  ): Session | null {
    const { clock, logger, metrics } = this.#parts;
    const { userId, deviceId, resume } = frame;
    if (!provesIdentity(frame, host, nonce)) {
      metrics.authentications.inc({ result: 'bad-signature' });
      connection.goodbye('bad-signature');
      return null;
    }
    // Charged only now: nobody else can use up a user's attempts.
    const attached = this.#authenticationRate.take(userId, clock.now())
      ? this.#sessions.attach(userId, deviceId, resume, connection, address)
      : null;
    if (!attached) {
      metrics.authentications.inc({ result: 'too-many' });
      connection.goodbye('too-many');
      return null;
    }
    const { session, resumed } = attached;
    metrics.authentications.inc({ result: resumed ? 'resumed' : 'new' });
    logger.debug({ user: shortId(userId), device: shortId(deviceId), resumed }, 'authenticated');
    connection.send({
      type: 'welcome',
      sessionId: session.id,
      resumed,
      serverTimeMs: clock.wallNow(),
      configuration: this.#parts.configuration(),
    });
    this.#presence.tellAll(session);
    this.#router.deliverWaiting(session);
    return session;
  }

  #handle(session: Session, connection: Connection, frame: ClientFrame): void {
    switch (frame.type) {
      case 'authenticate':
        connection.goodbye('bad-frame');
        return;
      case 'contacts':
        if (frame.userIds.length > this.#parts.limits.contacts) connection.goodbye('too-many');
        else this.#presence.setContacts(session, frame.userIds);
        return;
      case 'send':
        this.#router.send(session, frame);
        return;
      case 'received':
        this.#router.received(session, frame.id);
        return;
      case 'find-carriers':
        connection.send(this.#parts.directory.find(session, frame));
        return;
      case 'find-turn':
        connection.send(this.#parts.turn.answer(session.userId, frame.requestId));
        return;
      case 'node-offer': {
        const { type: _, ...offer } = frame;
        this.#parts.directory.nodes.offer(session, offer);
        return;
      }
      case 'node-withdraw':
        this.#parts.directory.nodes.withdraw(session, frame.carrier);
        return;
      case 'carrier-report':
        this.#parts.directory.report(session, frame);
    }
  }

  #sourceOf(request: IncomingMessage): string {
    return limitKey(this.#addressOf(request));
  }

  #addressOf(request: IncomingMessage): string {
    const forwarded = request.headers['x-forwarded-for'];
    const last = this.#parts.trustProxy ? forwarded?.toString().split(',').at(-1)?.trim() : undefined;
    return plainAddress(last || (request.socket.remoteAddress ?? ''));
  }

  #refuse(socket: Duplex, reason: string, status: string, text: string): void {
    this.#parts.metrics.upgradesRefused.inc({ reason });
    const body = `${text}\n`;
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  }

  #scheduleSweep(): void {
    const { clock, mailbox } = this.#parts;
    this.#sweep = clock.setTimer(() => {
      mailbox.sweep(clock.wallNow());
      this.#scheduleSweep();
    }, MAILBOX_SWEEP_MS);
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}
