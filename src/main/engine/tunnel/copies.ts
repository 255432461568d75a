/**
 * Sends the first datagrams of a path twice, where losing one costs most: a lost message of the handshake waits for a timer of DTLS, a
 * lost packet of the first picture for a round trip. Whoever gets both drops one: the other tunnel a handshake's (`repeats.ts`), SRTP
 * media's, by its number (RFC 3711 §3.3.2), before anything that measures the network sees the packet. To the path the second is a datagram
 * like any other, so the audit of nodes counts it at both ends.
 */
import type { Clock, Timer } from '../outside/index.ts';
import type { DatagramLink } from '../path/types.ts';
import {
  COPY_DELAY_MS,
  MAX_HANDSHAKE_COPIES,
  MAX_MEDIA_COPIES,
  MAX_MEDIA_COPY_BYTES,
  MEDIA_COPIES_MS,
} from './constants.ts';
import { isDtlsByte } from './dtls.ts';

export class Copies {
  readonly #clock: Clock;
  /** Was sent once, and waits for the second time. */
  #waiting: Buffer | undefined;
  #timer: Timer;
  #handshakesLeft = MAX_HANDSHAKE_COPIES;
  #mediaLeft = MAX_MEDIA_COPIES;
  #mediaBytesLeft = MAX_MEDIA_COPY_BYTES;
  #mediaUntilMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A path opened. The first one of the call counts: its first second begins. */
  begin(): void {
    this.#mediaUntilMs ??= this.#clock.now() + MEDIA_COPIES_MS;
  }

  /** The link took this datagram, which must not be changed. The per-packet path: after the first second three comparisons. */
  sent(datagram: Buffer, link: DatagramLink): void {
    if (this.#waiting) this.#sendWaiting(link);
    if (!this.#mayCopy(datagram, link)) return;
    this.#waiting = datagram;
    this.#timer = this.#clock.setTimer(() => this.#sendWaiting(link), COPY_DELAY_MS);
  }

  close(): void {
    this.#clock.clearTimer(this.#timer);
    this.#waiting = undefined;
    this.#handshakesLeft = 0;
    this.#mediaLeft = 0;
  }

  #sendWaiting(link: DatagramLink): void {
    this.#clock.clearTimer(this.#timer);
    const datagram = this.#waiting;
    this.#waiting = undefined;
    if (datagram) link.send(datagram);
  }

  #mayCopy(datagram: Buffer, link: DatagramLink): boolean {
    if (isDtlsByte(datagram[0] ?? 0)) {
      if (this.#handshakesLeft === 0) return false;
      this.#handshakesLeft--;
      return true;
    }
    if (this.#mediaLeft === 0 || this.#mediaUntilMs === undefined) return false;
    if (this.#clock.now() >= this.#mediaUntilMs || datagram.length > this.#mediaBytesLeft) {
      this.#mediaLeft = 0;
      return false;
    }
    if (!link.loses()) return false;
    this.#mediaLeft--;
    this.#mediaBytesLeft -= datagram.length;
    return true;
  }
}
