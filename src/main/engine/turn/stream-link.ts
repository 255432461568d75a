/** A connection to a TURN server, TCP or TLS, for networks that let nothing else out. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock, Timer } from '../outside/index.ts';
import { CLOSE_LIMIT_MS, CONNECT_LIMIT_MS, MAX_WAITING_BYTES } from './constants.ts';
import type { TurnLink, TurnLinkEnd, TurnLinkHandlers } from './link.ts';
import { StreamUnits } from './stream-units.ts';

export interface StreamLinkOptions extends TurnLinkHandlers {
  readonly clock: Clock;
  readonly address: string;
  readonly port: number;
  /** The server's name, or address, as its certificate has to have it; absent for TCP without TLS. */
  readonly tlsName?: string;
  /** Certificates in PEM that are trusted in place of the well-known authorities'. */
  readonly trusted?: string;
  /** It stands: requests may be sent. */
  readonly onOpen: () => void;
}

export class StreamLink implements TurnLink {
  readonly isStream = true;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #limit: Timer;
  #isOpen = false;
  #closed = false;

  constructor(options: StreamLinkOptions) {
    const { clock, address, port, tlsName, trusted, onOpen, onGone } = options;
    this.#clock = clock;
    const units = new StreamUnits((unit) => {
      if (!this.#closed) options.onUnit(unit);
    });
    const opened = () => {
      clock.clearTimer(this.#limit);
      this.#isOpen = true;
      if (!this.#closed) onOpen();
    };
    this.#socket =
      tlsName === undefined
        ? connectTcp({ host: address, port, noDelay: true }, opened)
        : connectTls(
            // A name is compared with the certificate's; an address is not sent as one (RFC 6066 §3).
            {
              host: address,
              port,
              ca: trusted,
              ...(isIP(tlsName) === 0 && { servername: tlsName }),
            },
            opened,
          );
    const socket = this.#socket;
    socket.setNoDelay(true);
    let end: TurnLinkEnd = 'gone';
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isDistrust(error.code)) end = 'not-trusted';
    });
    socket.on('data', (piece: Buffer) => {
      if (!this.#closed && !units.receive(piece)) socket.destroy();
    });
    socket.on('close', () => {
      clock.clearTimer(this.#limit);
      if (this.#closed) return;
      this.#closed = true;
      onGone(end);
    });
    this.#limit = clock.setTimer(() => socket.destroy(), CONNECT_LIMIT_MS);
  }

  /** What comes before it is open, or when too much waits already, is lost as a datagram may be. */
  send(bytes: Buffer, length: number, sent?: (error: Error | null) => void): void {
    const socket = this.#socket;
    if (!this.#isOpen || socket.destroyed || socket.writableLength > MAX_WAITING_BYTES) {
      sent?.(null);
      return;
    }
    socket.write(bytes.subarray(0, length), (error) => sent?.(error ?? null));
  }

  closeSoon(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#clock.clearTimer(this.#limit);
    const socket = this.#socket;
    if (!this.#isOpen) {
      socket.destroy();
      return;
    }
    // Who does not read what is left does not keep the connection.
    this.#limit = this.#clock.setTimer(() => socket.destroy(), CLOSE_LIMIT_MS);
    socket.destroySoon();
  }
}

/** OpenSSL's and Node's words for a certificate that does not hold. */
function isDistrust(code: string | undefined): boolean {
  return (
    code !== undefined &&
    (/CERT|ALTNAME|SELF_SIGNED|ISSUER|SIGNATURE/.test(code) || code === 'ERR_TLS_CERT_ALTNAME_INVALID')
  );
}
