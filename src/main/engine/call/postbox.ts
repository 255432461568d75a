/**
 * Signals in and out. One sealed envelope may take two roads, the server's and a path's control channel; whichever
 * arrives first is opened and the other is known by its id.
 */
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { SealedEnvelope } from '../../../shared/rendezvous.ts';
import type { ReceivedSignal, Signal } from '../../../shared/signal.ts';
import type { DeviceId, UserId } from '../../../shared/words.ts';
import type { Clock } from '../outside/index.ts';
import type { RendezvousClient } from '../rendezvous/client.ts';
import { EnvelopeError, type Envelopes, fromBytes, toBytes } from '../rendezvous/envelopes.ts';
import { CONTROL_REPEATS_MS } from './constants.ts';

/** A path's control channel, as far as the postbox cares. */
export interface ControlChannel {
  sendControl(bytes: Buffer): boolean;
}

export interface Delivery {
  /** Machines the server handed the envelope to at once. */
  readonly devices: number;
  /** The server keeps it for machines that come later. */
  readonly kept: boolean;
}

export interface PostOptions {
  /** One machine of the receiver; absent for all of them. */
  readonly toDevice?: DeviceId | undefined;
  /** How long the server may keep it, ms. */
  readonly ttlMs: number;
  /** A path to the receiver, taken in addition to the server. */
  readonly control?: ControlChannel | undefined;
  /** Once it fires, the server is not given the envelope any more if it has not got it yet. */
  readonly unwanted?: AbortSignal | undefined;
}

export class Postbox extends EventEmitter<{ signal: [ReceivedSignal] }> {
  readonly #envelopes: Envelopes;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #isBlocked: (userId: UserId) => boolean;
  #client: RendezvousClient | null = null;
  /** Sealing is asynchronous; one queue a receiver keeps signals in the order they were written. */
  readonly #queues = new Map<UserId, Promise<unknown>>();
  readonly #repeats = new Set<unknown>();
  #closed = false;

  constructor(options: {
    envelopes: Envelopes;
    clock: Clock;
    logger: Logger;
    isBlocked: (userId: UserId) => boolean;
  }) {
    super();
    this.#envelopes = options.envelopes;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#isBlocked = options.isBlocked;
  }

  /** Envelopes go out through this connection from now on. */
  useClient(client: RendezvousClient | null): void {
    this.#client = client;
  }

  /**
   * Seals and sends a signal.
   * @returns what the server did with it; a rejection means that the server could not be reached in time.
   */
  async post(to: UserId, signal: Signal, options: PostOptions): Promise<Delivery> {
    const sealed = this.#inOrder(to, () => this.#envelopes.seal(to, options.toDevice, signal));
    const envelope = await sealed;
    if (options.control) this.#sendOverPath(envelope, options.control);
    if (!this.#client) throw new Error('there is no connection to a rendezvous server');
    return this.#client.send(envelope, options.ttlMs, options.unwanted);
  }

  /**
   * An envelope that came, by whichever road. What cannot be believed is dropped and counted in the log.
   * @throws StoreUnwritableError when it cannot be remembered; the server then brings it again another time
   */
  async receive(envelope: SealedEnvelope): Promise<void> {
    if (this.#closed || this.#isBlocked(envelope.from)) return;
    try {
      const received = await this.#inOrder(`from ${envelope.from}`, () => this.#envelopes.open(envelope));
      // Opening takes a moment, in which they may have been blocked.
      if (!this.#closed && !this.#isBlocked(envelope.from)) this.emit('signal', received);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      if (error.kind !== 'replayed') this.#logger.warn({ kind: error.kind }, 'an envelope was dropped');
    }
  }

  /** Bytes from a path's control channel. */
  receiveControl(bytes: Buffer): void {
    const envelope = fromBytes(bytes);
    if (!envelope) return;
    this.receive(envelope).catch((error) =>
      this.#logger.error({ err: error }, 'a signal that came over the path could not be handled'),
    );
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#repeats) this.#clock.clearTimer(timer);
    this.#repeats.clear();
    this.removeAllListeners();
  }

  #sendOverPath(envelope: SealedEnvelope, control: ControlChannel): void {
    const bytes = toBytes(envelope);
    if (!control.sendControl(bytes)) return;
    for (const delayMs of CONTROL_REPEATS_MS) {
      const timer = this.#clock.setTimer(() => {
        this.#repeats.delete(timer);
        control.sendControl(bytes);
      }, delayMs);
      this.#repeats.add(timer);
    }
  }

  #inOrder<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const run = before.then(work, work);
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(key, settled);
    void settled.then(() => {
      if (this.#queues.get(key) === settled) this.#queues.delete(key);
    });
    return run;
  }
}
