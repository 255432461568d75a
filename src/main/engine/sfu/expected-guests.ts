/**
 * Guests that the server announces: the node's NAT lets them in once something was sent to them (RFC 4787 §5). Each gets two
 * indications of 20 bytes, which ask for nothing.
 */
import type { TransportAddress } from '../../../shared/words.ts';
import type { Clock, Random, Timer } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import { MAX_PUNCHED, PUNCH_AGAIN_MS, PUNCHES_MS } from './constants.ts';
import { writePunch } from './join.ts';

export class ExpectedGuests {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #send: (datagram: Buffer, to: TransportAddress) => void;
  readonly #timers = new Map<string, Set<Timer>>();

  constructor(clock: Clock, random: Random, send: (datagram: Buffer, to: TransportAddress) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#send = send;
  }

  expect(addresses: readonly TransportAddress[]): void {
    for (const to of addresses) {
      const key = `${to.address} ${to.port}`;
      if (this.#timers.has(key) || this.#timers.size >= MAX_PUNCHED) continue;
      const timers = new Set<Timer>();
      this.#timers.set(key, timers);
      const later = (delayMs: number, work: () => void) => timers.add(this.#clock.setTimer(work, delayMs));
      for (const delayMs of PUNCHES_MS) later(delayMs, () => this.#punch(to));
      later(PUNCH_AGAIN_MS, () => this.#timers.delete(key));
    }
  }

  /** Sends nothing more. Twice is fine. */
  close(): void {
    for (const timers of this.#timers.values()) for (const timer of timers) this.#clock.clearTimer(timer);
    this.#timers.clear();
  }

  #punch(to: TransportAddress): void {
    this.#send(writePunch(this.#random.bytes(TRANSACTION_ID_BYTES)), to);
  }
}
