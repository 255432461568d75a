/**
 * The first sound and picture of our media end, where its handshake was over before there was a path (`flights.ts` in call/): they wait here
 * and leave the moment it opens. Lost, the first picture would cost a round trip for another one. What comes later is not kept: once the
 * beginning is there, the other side asks for what is missing (RFC 4585 §6.2.1).
 */
import type { Clock } from '../outside/index.ts';
import { MAX_WAITING_MEDIA, MAX_WAITING_MEDIA_BYTES, WAITING_MEDIA_MS } from './constants.ts';

export class WaitingMedia {
  readonly #clock: Clock;
  #datagrams: Buffer[] = [];
  #bytes = 0;
  #sinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps a datagram, as long as there is room. */
  keep(datagram: Buffer): void {
    const nowMs = this.#clock.now();
    // A picture of a second ago is none that anybody waits for.
    if (this.#datagrams.length > 0 && nowMs - this.#sinceMs > WAITING_MEDIA_MS) this.clear();
    const bytes = this.#bytes + datagram.length;
    if (this.#datagrams.length === MAX_WAITING_MEDIA || bytes > MAX_WAITING_MEDIA_BYTES) return;
    if (this.#datagrams.length === 0) this.#sinceMs = nowMs;
    this.#datagrams.push(Buffer.from(datagram));
    this.#bytes = bytes;
  }

  /** Gives all that waits, in order, and forgets it. Nothing where it is too old. */
  take(): readonly Buffer[] {
    const isOld = this.#clock.now() - this.#sinceMs > WAITING_MEDIA_MS;
    const datagrams = isOld ? [] : this.#datagrams;
    this.clear();
    return datagrams;
  }

  clear(): void {
    this.#datagrams = [];
    this.#bytes = 0;
  }
}
