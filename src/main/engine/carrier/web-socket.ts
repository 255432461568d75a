/** A WebSocket to a carrier as a socket of ours: for networks that let nothing out but TCP. Each message is one datagram. */
import { WebSocket } from 'ws';
import type { DatagramSocket } from '../outside/index.ts';
import { MAX_LEG_MESSAGE_BYTES, MAX_WAITING_BYTES } from '../sfu/constants.ts';
import { datagramOf } from '../sfu/web-socket-message.ts';

export interface WebSocketBaseOptions {
  readonly url: string;
  readonly onDatagram: (socket: DatagramSocket, datagram: Buffer) => void;
  /** Once, when it is gone and was not closed by us. */
  readonly onGone: () => void;
}

export class WebSocketBase implements DatagramSocket {
  readonly family = 'IPv4';
  /** It has no UDP port. */
  readonly port = 0;
  readonly #webSocket: WebSocket;
  readonly #options: WebSocketBaseOptions;
  /** What is to be said first: the question for a leg, which would else be repeated long after the connection stands. */
  #waiting: Buffer | undefined;
  #closed = false;

  constructor(options: WebSocketBaseOptions) {
    this.#options = options;
    const webSocket = new WebSocket(options.url, {
      maxPayload: MAX_LEG_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    });
    this.#webSocket = webSocket;
    // Its end is what counts, and comes after it.
    webSocket.on('error', () => undefined);
    webSocket.on('open', () => {
      const first = this.#waiting;
      this.#waiting = undefined;
      if (first && !this.#closed) webSocket.send(first, { binary: true });
    });
    webSocket.on('message', (data, isBinary) => {
      const datagram = datagramOf(data, isBinary);
      if (datagram && !this.#closed) this.#options.onDatagram(this, datagram);
    });
    webSocket.on('close', () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#options.onGone();
    });
  }

  /** Of what comes before it is open the last one waits; when too much waits already, it is lost as a datagram may be. */
  send(
    bytes: Buffer,
    offset: number,
    length: number,
    _port: number,
    _address: string,
    sent?: (error: Error | null) => void,
  ): void {
    const webSocket = this.#webSocket;
    if (webSocket.readyState !== WebSocket.OPEN || webSocket.bufferedAmount > MAX_WAITING_BYTES) {
      if (webSocket.readyState === WebSocket.CONNECTING) {
        this.#waiting = Buffer.from(bytes.subarray(offset, offset + length));
      }
      // A check reports what could not be sent as a failure; a WebSocket that opens in a moment is none.
      sent?.(null);
      return;
    }
    // A client masks in place (RFC 6455 §5.3): ws copies first unless told that it may not.
    webSocket.send(bytes.subarray(offset, offset + length), { binary: true }, (error) =>
      sent?.(error ?? null),
    );
  }

  /** After what was just given to it has gone out. */
  closeSoon(): void {
    setImmediate(() => this.close());
  }

  /** Twice is fine. */
  close(): void {
    this.#closed = true;
    if (this.#webSocket.readyState === WebSocket.CONNECTING) this.#webSocket.terminate();
    else this.#webSocket.close();
  }
}
