/** A client for tests: real WebSocket, real keys, frames checked against the contract, and no cleverness. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import {
  authenticationText,
  type ClientFrame,
  PROTOCOL_VERSION,
  type SealedEnvelope,
  ServerFrame,
} from '../../shared/rendezvous.ts';

type FrameType = ServerFrame['type'];
export type Frame<Type extends FrameType> = Extract<ServerFrame, { type: Type }>;

export interface Identity {
  readonly userId: string;
  readonly privateKey: KeyObject;
}

export function newIdentity(): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x } = publicKey.export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('an Ed25519 public key has x');
  return { userId: x, privateKey };
}

export function newDeviceId(): string {
  return randomBytes(12).toString('base64url');
}

export function newEnvelopeId(): string {
  return randomBytes(16).toString('base64url');
}

/** How long a test waits for a frame, ms: far more than it takes, so that only a fault runs into it. */
const FRAME_WAIT_MS = 5_000;

export class TestClient {
  readonly socket: WebSocket;
  readonly identity: Identity;
  readonly deviceId: string;
  /** Every frame that came, oldest first, until a `next` takes it. */
  readonly frames: ServerFrame[] = [];
  /** Close code and the reason of the goodbye before it, once the connection has ended. */
  readonly closed: Promise<{ code: number; goodbye: string | undefined }>;
  #arrived: (() => void)[] = [];
  #goodbye: string | undefined;

  constructor(url: string, identity: Identity, deviceId: string, options: ClientOptions = {}) {
    this.identity = identity;
    this.deviceId = deviceId;
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data) => {
      const frame = ServerFrame.parse(JSON.parse(data.toString()));
      if (frame.type === 'goodbye') this.#goodbye = frame.reason;
      this.frames.push(frame);
      for (const wake of this.#arrived.splice(0)) wake();
    });
    this.socket.on('error', () => undefined); // The 'close' after it is what tests look at.
    this.closed = once(this.socket, 'close').then(([code]) => ({ code, goodbye: this.#goodbye }));
  }

  /** Connects and authenticates. */
  static async connect(
    url: string,
    identity = newIdentity(),
    deviceId = newDeviceId(),
    resume?: string,
  ): Promise<{ client: TestClient; welcome: Frame<'welcome'> }> {
    const client = new TestClient(url, identity, deviceId);
    await client.authenticate({ resume });
    return { client, welcome: await client.next('welcome') };
  }

  get userId(): string {
    return this.identity.userId;
  }

  /** Waits for the challenge and answers it; `changes` make the answer wrong. */
  async authenticate(
    changes: { resume?: string; host?: string; nonce?: string; frame?: Record<string, unknown> } = {},
  ): Promise<string> {
    const { nonce } = await this.next('challenge');
    const host = changes.host ?? new URL(this.socket.url).host;
    const text = authenticationText(host, changes.nonce ?? nonce, this.userId, this.deviceId);
    const signature = sign(null, Buffer.from(text), this.identity.privateKey).toString('base64url');
    this.raw(
      JSON.stringify({
        type: 'authenticate',
        version: PROTOCOL_VERSION,
        userId: this.userId,
        deviceId: this.deviceId,
        signature,
        resume: changes.resume,
        ...changes.frame,
      }),
    );
    return nonce;
  }

  /** The next frame of a type; frames of other types before it stay. */
  async next<Type extends FrameType>(type: Type): Promise<Frame<Type>> {
    const deadline = Date.now() + FRAME_WAIT_MS;
    for (;;) {
      const index = this.frames.findIndex((frame) => frame.type === type);
      if (index !== -1) return this.frames.splice(index, 1)[0] as Frame<Type>;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no ${type}; have ${JSON.stringify(this.frames)}`)),
          deadline - Date.now(),
        );
        this.#arrived.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Frames of a type that have come by now. The server answers in order, so a round trip before makes this exact. */
  async all<Type extends FrameType>(type: Type): Promise<Frame<Type>[]> {
    await this.roundTrip();
    return this.frames.filter((frame): frame is Frame<Type> => frame.type === type);
  }

  /** Resolves when the server has handled everything sent so far, and all it had to say before has arrived. */
  async roundTrip(): Promise<void> {
    this.socket.ping();
    await once(this.socket, 'pong');
  }

  send(frame: ClientFrame): void {
    this.raw(JSON.stringify(frame));
  }

  raw(data: string | Buffer): void {
    this.socket.send(data);
  }

  envelope(to: string, changes: Partial<SealedEnvelope> = {}): SealedEnvelope {
    return {
      id: newEnvelopeId(),
      from: this.userId,
      fromDevice: this.deviceId,
      to,
      sentAt: 1,
      sealed: 'c2VhbGVk',
      ...changes,
    };
  }

  /** Sends an envelope and returns it with the server's answer. */
  async post(envelope: SealedEnvelope, ttlMs = 0): Promise<Frame<'sent'> | Frame<'refused'>> {
    this.send({ type: 'send', envelope, ttlMs });
    const answered = (frame: ServerFrame): frame is Frame<'sent'> | Frame<'refused'> =>
      (frame.type === 'sent' || frame.type === 'refused') && frame.id === envelope.id;
    await this.roundTrip();
    const index = this.frames.findIndex(answered);
    const answer = this.frames[index];
    if (!answer || !answered(answer)) throw new Error('neither sent nor refused');
    this.frames.splice(index, 1);
    return answer;
  }

  /** Names contacts and waits until the server knows them. */
  async nameContacts(...userIds: string[]): Promise<void> {
    this.send({ type: 'contacts', userIds });
    await this.roundTrip();
  }

  /** Leaves: the server forgets this machine at once. */
  async leave(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }

  /** The network breaks: no closing handshake. */
  drop(): void {
    this.socket.terminate();
  }
}
