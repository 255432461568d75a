/** Asks STUN servers from one socket, with what our codec writes, and repeats what got no answer. */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  decodeStun,
  encodeStun,
  METHOD_BINDING,
  type StunAttribute,
  type StunMessage,
} from '../../src/main/engine/stun/message.ts';
import type { TransportAddress } from '../../src/shared/words.ts';

/** How often a request is repeated, ms: between processes of one machine an answer takes 1. */
const REPEAT_MS = 100;

export interface StunAnswer {
  readonly message: StunMessage;
  readonly from: TransportAddress;
}

export class StunClient {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @param address of this machine */
  static async open(address: string): Promise<StunClient> {
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    return new StunClient(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /**
   * The first answer to a Binding request, wherever it comes from.
   *
   * @param hears the client that the answer is to reach: another one where a request asks for another port
   * @throws DOMException when the signal says that it was long enough
   */
  async ask(
    server: TransportAddress,
    attributes: readonly StunAttribute[] = [],
    signal: AbortSignal = AbortSignal.timeout(5_000),
    hears: StunClient = this,
  ): Promise<StunAnswer> {
    const transactionId = randomBytes(12);
    const request = encodeStun({ method: METHOD_BINDING, class: 'request', transactionId, attributes });
    const send = () => this.#socket.send(request, server.port, server.address);
    send();
    const timer = setInterval(send, REPEAT_MS);
    try {
      for (;;) {
        const [datagram, from] = await once(hears.#socket, 'message', { signal });
        const message = decodeStun(datagram);
        if (message?.transactionId.equals(transactionId)) {
          return { message, from: { address: from.address, port: from.port } };
        }
      }
    } finally {
      clearInterval(timer);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
