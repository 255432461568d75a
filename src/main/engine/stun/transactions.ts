/** STUN requests that wait for their response: sent again after growing pauses, and given up after the last one (RFC 8489 §6.2.1). */
import type { Clock, DatagramSocket, Timer } from '../outside/index.ts';
import type { StunMessage } from './message.ts';

/** Where a datagram came from, and which of our sockets it came to: what answers it leaves from there. */
export interface Source {
  readonly socket: DatagramSocket;
  readonly address: string;
  readonly port: number;
}

export interface TransactionOptions {
  /** 12 bytes. */
  readonly transactionId: Buffer;
  /** How long to wait after each sending, ms; after the last one it is given up. */
  readonly pausesMs: readonly number[];
  readonly send: () => void;
  /** False when the response is not believed: the transaction then goes on waiting. */
  readonly onResponse: (response: StunMessage, datagram: Buffer, source: Source) => boolean;
  readonly onTimeout: () => void;
}

export class Transaction {
  readonly startedAtMs: number;
  /** How often the request was sent, and when last. */
  sends = 0;
  lastSentAtMs = 0;
  readonly #options: TransactionOptions;
  readonly #clock: Clock;
  readonly #forget: () => void;
  #pausesMs: readonly number[];
  #step = 0;
  #timer: Timer;
  #over = false;

  constructor(options: TransactionOptions, clock: Clock, forget: () => void) {
    this.#options = options;
    this.#pausesMs = options.pausesMs;
    this.#clock = clock;
    this.#forget = forget;
    this.startedAtMs = clock.now();
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** Sends now, and starts the pauses anew, or other ones: the way may have opened this moment. */
  sendNow(pausesMs: readonly number[] = this.#options.pausesMs): void {
    if (this.#over) return;
    this.#pausesMs = pausesMs;
    this.#clock.clearTimer(this.#timer);
    this.#step = 0;
    this.#send();
  }

  /** Nothing is sent or awaited any more. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#clock.clearTimer(this.#timer);
    this.#forget();
  }

  receive(response: StunMessage, datagram: Buffer, source: Source): void {
    if (!this.#over && this.#options.onResponse(response, datagram, source)) this.stop();
  }

  #send(): void {
    this.sends++;
    this.lastSentAtMs = this.#clock.now();
    const pauseMs = this.#pausesMs[this.#step++] ?? 0;
    this.#timer = this.#clock.setTimer(() => this.#pauseOver(), pauseMs);
    this.#options.send();
  }

  #pauseOver(): void {
    if (this.#over) return;
    if (this.#step < this.#pausesMs.length) {
      this.#send();
    } else {
      this.stop();
      this.#options.onTimeout();
    }
  }
}

/** All requests under way from one engine's sockets, by transaction ID. */
export class Transactions {
  readonly #clock: Clock;
  readonly #open = new Map<string, Transaction>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Sends the request for the first time. */
  start(options: TransactionOptions): Transaction {
    const key = options.transactionId.toString('latin1');
    const transaction = new Transaction(options, this.#clock, () => this.#open.delete(key));
    this.#open.set(key, transaction);
    transaction.sendNow();
    return transaction;
  }

  /** Hands a response to whoever asked; one that nobody asked for is dropped. */
  receive(response: StunMessage, datagram: Buffer, source: Source): void {
    this.#open.get(response.transactionId.toString('latin1'))?.receive(response, datagram, source);
  }

  /** Nothing is sent or awaited any more, and nobody is told: who waits for an answer has an end of its own. */
  stopAll(): void {
    for (const transaction of [...this.#open.values()]) transaction.stop();
  }
}
