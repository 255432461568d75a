/** Sends of which the server has not said that it took them. They outlive connections and end after `SEND_LIMIT_MS`. */
import type { RefusalReason, SealedEnvelope } from '../../../shared/rendezvous.ts';
import type { Clock, Timer } from '../outside/index.ts';
import { MAX_PENDING_SENDS, SEND_LIMIT_MS } from './constants.ts';
import { SendError, type SendFailure } from './errors.ts';

/** What the server did with an envelope. */
export interface Sent {
  /** Machines it went to at once. */
  readonly devices: number;
  /** Whether it is kept for machines that come later. */
  readonly kept: boolean;
}

export interface Pending {
  readonly envelope: SealedEnvelope;
  readonly ttlMs: number;
}

interface Waiting extends Pending {
  readonly promise: Promise<Sent>;
  readonly settle: (outcome: Sent | SendError) => void;
}

export class Outbox {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Everything to be said again on a new connection, oldest first. */
  pending(): Pending[] {
    return [...this.#waiting.values()];
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** Waits for the server's word. An envelope that waits already is not added twice. */
  add(envelope: SealedEnvelope, ttlMs: number, signal?: AbortSignal): Promise<Sent> {
    const known = this.#waiting.get(envelope.id);
    if (known) return known.promise;
    if (signal?.aborted) return Promise.reject(new SendError('aborted'));
    if (this.#waiting.size >= MAX_PENDING_SENDS) return Promise.reject(new SendError('too-many'));
    let settle: Waiting['settle'] = () => undefined;
    const promise = new Promise<Sent>((resolve, reject) => {
      const abort = () => settle(new SendError('aborted'));
      const limit: Timer = this.#clock.setTimer(() => settle(new SendError('timeout')), SEND_LIMIT_MS);
      signal?.addEventListener('abort', abort, { once: true });
      settle = (outcome) => {
        if (!this.#waiting.delete(envelope.id)) return;
        this.#clock.clearTimer(limit);
        signal?.removeEventListener('abort', abort);
        if (outcome instanceof SendError) reject(outcome);
        else resolve(outcome);
      };
    });
    this.#waiting.set(envelope.id, { envelope, ttlMs, promise, settle });
    return promise;
  }

  sent(id: string, sent: Sent): void {
    this.#waiting.get(id)?.settle(sent);
  }

  refused(id: string, reason: RefusalReason): void {
    this.#waiting.get(id)?.settle(new SendError('refused', reason));
  }

  failAll(failure: SendFailure): void {
    for (const { settle } of [...this.#waiting.values()]) settle(new SendError(failure));
  }
}
