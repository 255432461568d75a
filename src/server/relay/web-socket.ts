/** A WebSocket as a socket of one guest: for networks that let nothing out but TCP. Each message is one datagram. */
import type { WebSocket } from 'ws';
import type { DatagramSocket } from '../../main/engine/outside/index.ts';
import { MAX_WAITING_BYTES } from '../../main/engine/sfu/constants.ts';
import type { Clock } from '../clock.ts';
import { Heartbeat } from '../heartbeat.ts';
import { UNUSED_LIMIT_MS } from './constants.ts';

export interface GuestPlace {
  /** Where the WebSocket comes from, canonical text. */
  readonly address: string;
  readonly port: number;
}

export interface GuestTimes {
  readonly clock: Clock;
  /** Between two pings, ms. */
  readonly heartbeatMs: number;
}

export class WebSocketGuest implements DatagramSocket {
  readonly family;
  readonly port: number;
  readonly address: string;
  readonly #webSocket: WebSocket;
  readonly #clock: Clock;
  readonly #heartbeat: Heartbeat;
  /** Runs while no leg is on it. */
  #unusedTimer: unknown;

  constructor(webSocket: WebSocket, { address, port }: GuestPlace, { clock, heartbeatMs }: GuestTimes) {
    this.#webSocket = webSocket;
    this.#clock = clock;
    this.address = address;
    this.port = port;
    this.family = address.includes(':') ? ('IPv6' as const) : ('IPv4' as const);
    // A half-open connection would keep its leg for as long as the other side of the bridge speaks.
    this.#heartbeat = new Heartbeat(webSocket, clock, heartbeatMs, () => webSocket.terminate());
    webSocket.on('pong', () => this.heard());
    webSocket.on('ping', () => {
      // ws answers each. Who asks and does not read would fill the memory.
      if (webSocket.bufferedAmount > MAX_WAITING_BYTES) webSocket.terminate();
      else this.heard();
    });
    this.unused();
  }

  heard(): void {
    this.#heartbeat.heard(this.#clock.now());
  }

  /** A leg is on it. */
  used(): void {
    this.#clock.clearTimer(this.#unusedTimer);
    this.#unusedTimer = undefined;
  }

  /** No leg is on it, any more or yet: it may join one, and is closed when it does not. */
  unused(): void {
    this.#unusedTimer ??= this.#clock.setTimer(() => this.close(), UNUSED_LIMIT_MS);
  }

  /** The WebSocket has closed: no timer stays. */
  ended(): void {
    this.used();
    this.#heartbeat.stop();
  }

  /** There is one place it can go to, whatever address is given. What does not fit into the send buffer is dropped. */
  send(
    bytes: Buffer,
    offset: number,
    length: number,
    _port: number,
    _address: string,
    sent?: (error: Error | null) => void,
  ): void {
    const webSocket = this.#webSocket;
    if (webSocket.readyState !== webSocket.OPEN || webSocket.bufferedAmount > MAX_WAITING_BYTES) {
      sent?.(new Error('the WebSocket cannot take it'));
      return;
    }
    webSocket.send(bytes.subarray(offset, offset + length), { binary: true }, (error) =>
      sent?.(error ?? null),
    );
  }

  close(): void {
    this.#webSocket.close();
  }
}
