/** For tests: a server that does what it is told, over real sockets, and a clock that does. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClientConfiguration, ClientFrame, ServerFrame } from '../../../../shared/rendezvous.ts';
import type { Clock, Timer } from '../../outside/index.ts';
import type { RendezvousClient } from '../client.ts';

export const HEARTBEAT_MS = 15_000;

/** Time passes when the test says so. */
export class ManualClock implements Clock {
  /** Wall clock at the beginning; changing it is somebody setting the clock. */
  wall = 1_800_000_000_000;
  #now = 1_000;
  readonly #timers = new Map<object, { at: number; callback: () => void }>();

  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.wall + this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer = {};
    this.#timers.set(timer, { at: this.#now + delayMs, callback });
    return timer;
  }

  clearTimer(timer: Timer): void {
    if (typeof timer === 'object' && timer !== null) this.#timers.delete(timer);
  }

  advance(byMs: number): void {
    const end = this.#now + byMs;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [timer, { at, callback }] = due;
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, at);
      callback();
    }
    this.#now = end;
  }
}

export class ScriptedServer {
  readonly frames: ClientFrame[] = [];
  readonly hosts: string[] = [];
  readonly nonce = randomBytes(32).toString('base64url');
  readonly sessionId = randomBytes(16).toString('base64url');
  readonly configuration: ClientConfiguration = {
    stunServers: [{ host: '', port: 3478 }],
    relays: [],
    limits: { envelopeBytes: 36_864, envelopesPerMinute: 600, contacts: 1_400 },
    heartbeatMs: HEARTBEAT_MS,
  };
  version = 1;
  welcomes = true;
  /** Takes every connection for a new one. */
  forgetful = false;
  /** Said instead of the challenge. */
  first: string | Buffer | undefined;
  serverTimeMs = 0;
  connections = 0;
  pings = 0;
  pongs = 0;
  #closeCode: number | undefined;
  #socket: WebSocket | undefined;
  readonly #server: WebSocketServer;

  static async open(port = 0): Promise<ScriptedServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port });
    await once(server, 'listening');
    return new ScriptedServer(server);
  }

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket, request) => {
      this.hosts.push(request.headers.host ?? '');
      this.#accept(socket);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  say(frame: ServerFrame): void {
    this.raw(JSON.stringify(frame));
  }

  raw(bytes: string | Buffer): void {
    this.#socket?.send(bytes);
  }

  ping(): void {
    this.#socket?.ping();
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** Answers nothing any more, not even a ping. */
  deaf(): void {
    this.#socket?.pause();
  }

  /** Every frame of this kind so far; waits until there is one. */
  async received<T extends ClientFrame['type']>(type: T): Promise<Extract<ClientFrame, { type: T }>[]> {
    return vi.waitFor(() => {
      const found = this.frames.filter(
        (frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type,
      );
      if (found.length === 0) throw new Error(`no ${type} yet`);
      return found;
    });
  }

  /** Everything that was said before has been read on both sides. */
  async roundTrip(client: RendezvousClient): Promise<void> {
    const mark = randomBytes(32).toString('base64url');
    const before = this.pongs;
    this.ping();
    await vi.waitFor(() => {
      if (this.pongs === before) throw new Error('no pong yet');
    });
    client.setContacts([mark]);
    await vi.waitFor(() => {
      const last = this.frames.findLast((frame) => frame.type === 'contacts');
      if (last?.type !== 'contacts' || last.userIds[0] !== mark) throw new Error('not there yet');
    });
  }

  /** The code the last connection was closed with. */
  async lastCloseCode(): Promise<number> {
    return vi.waitFor(() => {
      if (this.#closeCode === undefined) throw new Error('not closed yet');
      return this.#closeCode;
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.connections++;
    this.#socket = socket;
    this.#closeCode = undefined;
    socket.on('ping', () => this.pings++);
    socket.on('pong', () => this.pongs++);
    socket.on('close', (code) => {
      this.#closeCode = code;
    });
    socket.on('message', (data) => this.#onFrame(JSON.parse(data.toString())));
    const { version, nonce, serverTimeMs } = this;
    socket.send(this.first ?? JSON.stringify({ type: 'challenge', version, nonce, serverTimeMs }));
  }

  #onFrame(frame: ClientFrame): void {
    this.frames.push(frame);
    if (frame.type !== 'authenticate' || !this.welcomes) return;
    this.say({
      type: 'welcome',
      sessionId: this.sessionId,
      resumed: !this.forgetful && frame.resume === this.sessionId,
      serverTimeMs: this.serverTimeMs,
      configuration: this.configuration,
    });
  }
}
