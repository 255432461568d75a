/**
 * The DTLS handshake of a line by way of signals, until a path carries it. Both engines can talk through the server a good while before
 * they reach each other; a handshake that takes that road is over when the path opens, and media need not wait two round trips for it.
 *
 * Nothing is won for whoever carries the signals: they are sealed, and DTLS is authentic by the fingerprints whatever road it takes.
 */
import { MAX_FLIGHT_DATAGRAM_BYTES, MAX_FLIGHT_DATAGRAMS, type Signal } from '../../../shared/signal.ts';
import type { DeviceId } from '../../../shared/words.ts';
import { MAX_EARLY_FLIGHTS, MAX_FLIGHT_DATAGRAMS_TOLD, MAX_FLIGHTS_TOLD } from './constants.ts';

export type Flight = Pick<Extract<Signal, { type: 'flight' }>, 'ufrag' | 'datagrams'>;

export interface FlightsOptions {
  /** Whether the other side is one machine, and has our credentials. */
  readonly mayTell: () => boolean;
  /** Whether the line is with this machine, under that ufrag; undefined while it is with none. */
  readonly isFrom: (device: DeviceId, ufrag: string) => boolean | undefined;
  /** Sends datagrams, base64, to the other engine. */
  readonly tell: (datagrams: string[]) => void;
  /** Gives a datagram to our media end. */
  readonly hear: (datagram: Buffer) => void;
}

export class Flights {
  readonly #options: FlightsOptions;
  /** What our media end said before it might be told. */
  #untold: Buffer[] = [];
  #early: { from: DeviceId; flight: Flight }[] = [];
  #datagramsTold = 0;
  #flightsTold = 0;
  #datagramsHeard = 0;

  constructor(options: FlightsOptions) {
    this.#options = options;
  }

  /** Our media end said this while there was no path. */
  said(datagrams: readonly Buffer[]): void {
    for (const datagram of datagrams) {
      if (this.#datagramsTold === MAX_FLIGHT_DATAGRAMS_TOLD) break;
      if (datagram.length > MAX_FLIGHT_DATAGRAM_BYTES) continue;
      this.#datagramsTold++;
      this.#untold.push(datagram);
    }
    this.lookAgain();
  }

  /** Something changed of whom the line is with, or of what they know. */
  lookAgain(): void {
    const { mayTell, isFrom, tell } = this.#options;
    while (this.#untold.length > 0 && this.#flightsTold < MAX_FLIGHTS_TOLD && mayTell()) {
      this.#flightsTold++;
      tell(this.#untold.splice(0, MAX_FLIGHT_DATAGRAMS).map((datagram) => datagram.toString('base64')));
    }
    for (const { from, flight } of this.#early.splice(0)) {
      const isTheirs = isFrom(from, flight.ufrag);
      if (isTheirs === undefined) this.#early.push({ from, flight });
      else if (isTheirs) this.#hear(flight);
    }
  }

  /** Some of theirs came. It may have overtaken what says whom the line is with. */
  came(from: DeviceId, flight: Flight): void {
    if (this.#early.length < MAX_EARLY_FLIGHTS) this.#early.push({ from, flight });
    this.lookAgain();
  }

  /** A path opened: it carries what follows. What comes is still heard, it may have been on its way. */
  pathOpened(): void {
    this.#datagramsTold = MAX_FLIGHT_DATAGRAMS_TOLD;
    this.#untold = [];
  }

  close(): void {
    this.pathOpened();
    this.#early = [];
    this.#datagramsHeard = MAX_FLIGHT_DATAGRAMS_TOLD;
  }

  #hear({ datagrams }: Flight): void {
    for (const datagram of datagrams) {
      if (this.#datagramsHeard === MAX_FLIGHT_DATAGRAMS_TOLD) return;
      this.#datagramsHeard++;
      this.#options.hear(Buffer.from(datagram, 'base64'));
    }
  }
}
