/**
 * What our media end says before there is a path: messages of its DTLS handshake. They wait here and leave the moment the path opens,
 * instead of being lost and sent again when a timer of DTLS says so. Meanwhile whoever listens is told each of them once, those that were
 * written together at once: another road may take them.
 *
 * What waits is the last flight: where something of theirs came since and our media end goes on, the one before has been answered.
 */
import type { Clock, Timer } from '../outside/index.ts';
import { FLIGHT_GATHER_MS, MAX_EARLY_DATAGRAMS } from './constants.ts';
import { isDtlsByte, readMessage } from './dtls.ts';

export class WaitingFlight {
  readonly #clock: Clock;
  readonly #onFlight: (datagrams: readonly Buffer[]) => void;
  readonly #datagrams = new Map<string, Buffer>();
  /** Messages of flights that were answered: they may come again, and are nothing new. */
  readonly #past = new Set<string>();
  /** What was written within the last moment, and how often each of it. */
  #gathered: Buffer[] = [];
  readonly #written = new Map<string, number>();
  #timer: Timer;
  #isAnswered = false;

  constructor(clock: Clock, onFlight: (datagrams: readonly Buffer[]) => void) {
    this.#clock = clock;
    this.#onFlight = onFlight;
  }

  /** Keeps a DTLS datagram; of one that was sent again, the newest. Anything else would be late: it is not kept. */
  keep(datagram: Buffer): void {
    if (!isDtlsByte(datagram[0] ?? 0)) return;
    const name = this.#nameOf(datagram);
    if (this.#past.has(name)) return;
    const copy = Buffer.from(datagram);
    if (this.#datagrams.has(name)) {
      this.#datagrams.set(name, copy);
      return;
    }
    if (this.#isAnswered) this.#begin();
    if (this.#datagrams.size === MAX_EARLY_DATAGRAMS) return;
    this.#datagrams.set(name, copy);
    this.#gathered.push(copy);
  }

  /** Something of theirs came to our media end. */
  answered(): void {
    this.#isAnswered = true;
  }

  /** Gives all that waits, in order, and forgets it. */
  take(): Buffer[] {
    this.#gather();
    const datagrams = [...this.#datagrams.values()];
    this.#datagrams.clear();
    this.#past.clear();
    return datagrams;
  }

  close(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#gathered = [];
    this.#written.clear();
    this.take();
  }

  /**
   * Two protected records of one length cannot be told apart. Written together they are two: nothing is retransmitted within a moment
   * (BoringSSL begins after 50 ms), so the second one has a name of its own.
   */
  #nameOf(datagram: Buffer): string {
    this.#timer ??= this.#clock.setTimer(() => this.#gather(), FLIGHT_GATHER_MS);
    const { text, isProtected } = readMessage(datagram);
    if (!isProtected) return text;
    const count = (this.#written.get(text) ?? 0) + 1;
    this.#written.set(text, count);
    return `${count}/${text}`;
  }

  #begin(): void {
    this.#isAnswered = false;
    for (const name of this.#datagrams.keys()) {
      if (this.#past.size < MAX_EARLY_DATAGRAMS) this.#past.add(name);
    }
    this.#datagrams.clear();
  }

  #gather(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#written.clear();
    const datagrams = this.#gathered;
    this.#gathered = [];
    if (datagrams.length > 0) this.#onFlight(datagrams);
  }
}
