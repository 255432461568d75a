/**
 * Probes: whether a node is where it says, and whom its NAT lets in, by datagrams to its address from places it sent to and from
 * others it never did. Only who receives a probe can answer it, and only an answer from the very address counts.
 */
import { randomBytes } from 'node:crypto';
import { readProbeAnswer, writeProbe } from '../../main/engine/sfu/probe.ts';
import { decodeStun } from '../../main/engine/stun/message.ts';
import type { TransportAddress } from '../../shared/words.ts';
import type { Clock } from '../clock.ts';
import { PROBE_ID_BYTES, PROBE_PAUSES_MS } from './constants.ts';
import type { Shown } from './reach.ts';

/** Where a probe is sent from: the STUN port, another port of its address, or another address. */
export type ProbeSource = 'known' | 'other-port' | 'other-address';

/** Sends from there; false where there is no such socket in the family of the address. */
export type SendProbe = (source: ProbeSource, datagram: Buffer, to: TransportAddress) => boolean;

interface Open {
  readonly to: TransportAddress;
  readonly settle: (answered: boolean) => void;
}

export class Prober {
  readonly #clock: Clock;
  readonly #send: SendProbe;
  readonly #open = new Map<string, Open>();

  constructor(clock: Clock, send: SendProbe) {
    this.#clock = clock;
    this.#send = send;
  }

  /** What comes through to an address. Where the STUN port is not answered nothing else is sent: nobody's address takes part in this unasked. */
  async shows(carrier: Buffer, to: TransportAddress): Promise<Shown> {
    const known = (await this.#ask('known', carrier, to)) ?? false;
    if (!known) return { known, otherPort: undefined, otherAddress: undefined };
    const [otherPort, otherAddress] = await Promise.all([
      this.#ask('other-port', carrier, to),
      this.#ask('other-address', carrier, to),
    ]);
    return { known, otherPort, otherAddress };
  }

  /** A datagram at one of the sockets that probes leave from. Never throws. */
  received(datagram: Buffer, address: string, port: number): void {
    const message = decodeStun(datagram);
    const id = message && readProbeAnswer(message)?.toString('base64url');
    const open = id ? this.#open.get(id) : undefined;
    if (open?.to.address === address && open.to.port === port) open.settle(true);
  }

  /** Gives all probes up. */
  close(): void {
    for (const { settle } of [...this.#open.values()]) settle(false);
  }

  #ask(source: ProbeSource, carrier: Buffer, to: TransportAddress): Promise<boolean | undefined> {
    const transactionId = randomBytes(PROBE_ID_BYTES);
    const datagram = writeProbe(transactionId, carrier);
    if (!this.#send(source, datagram, to)) return Promise.resolve(undefined);
    const id = transactionId.toString('base64url');
    return new Promise((resolve) => {
      let sent = 1;
      let timer: unknown;
      const settle = (answered: boolean) => {
        this.#clock.clearTimer(timer);
        if (this.#open.delete(id)) resolve(answered);
      };
      const wait = () => {
        const pauseMs = PROBE_PAUSES_MS[sent - 1] ?? 0;
        timer = this.#clock.setTimer(() => {
          if (sent === PROBE_PAUSES_MS.length) return settle(false);
          sent++;
          this.#send(source, datagram, to);
          wait();
        }, pauseMs);
      };
      this.#open.set(id, { to, settle });
      wait();
    });
  }
}
