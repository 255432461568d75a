/** A WebSocket as a socket of one guest: for networks that let nothing out but TCP. Each message is one datagram. */
import type { RawData, WebSocket } from 'ws';
import type { DatagramSocket } from '../../main/engine/outside/index.ts';
import { MAX_WAITING_BYTES } from './constants.ts';

export class WebSocketGuest implements DatagramSocket {
  readonly family;
  readonly port: number;
  readonly address: string;
  readonly #webSocket: WebSocket;

  /** @param address where the WebSocket comes from, canonical text */
  constructor(webSocket: WebSocket, address: string, port: number) {
    this.#webSocket = webSocket;
    this.address = address;
    this.port = port;
    this.family = address.includes(':') ? ('IPv6' as const) : ('IPv4' as const);
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

/** The bytes of a message; undefined for text, which no leg sends. */
export function messageBytes(data: RawData, isBinary: boolean): Buffer | undefined {
  if (!isBinary) return undefined;
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
