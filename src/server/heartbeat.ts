/** Whether the other end of a WebSocket is still there: it is asked in regular pings, and gone when it was silent for two. */
import type { WebSocket } from 'ws';
import type { Clock } from './clock.ts';

export class Heartbeat {
  readonly #webSocket: WebSocket;
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #onSilence: () => void;
  #heardAtMs: number;
  #timer: unknown;
  #stopped = false;

  /** @param onSilence nothing was heard for twice `everyMs`; it beats no more then */
  constructor(webSocket: WebSocket, clock: Clock, everyMs: number, onSilence: () => void) {
    this.#webSocket = webSocket;
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#onSilence = onSilence;
    this.#heardAtMs = clock.now();
    this.#schedule();
  }

  /** A sign of life, whatever it is. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  /** Twice is fine. */
  stop(): void {
    this.#stopped = true;
    this.#clock.clearTimer(this.#timer);
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(() => {
      if (this.#clock.now() - this.#heardAtMs >= 2 * this.#everyMs) {
        this.#stopped = true;
        this.#onSilence();
        return;
      }
      this.#webSocket.ping(undefined, undefined, ignoreSendResult);
      if (!this.#stopped) this.#schedule();
    }, this.#everyMs);
  }
}

/** A ping that could not be sent: the connection is ending, and its 'close' event says so. */
function ignoreSendResult(): void {}
