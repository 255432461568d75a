/** A media end that is a bare UDP socket: it proves itself to its engine by a check, and the test reads and writes its datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { encodeStun, METHOD_BINDING } from '../../src/main/engine/stun/message.ts';
import type { LocalEndpoint } from '../../src/shared/call.ts';

export class MediaSocket {
  /** What came that is no STUN. */
  readonly received: Buffer[] = [];
  readonly #socket: Socket;
  readonly #port: number;
  readonly #ufrag: string;
  readonly #pwd: string;

  private constructor(socket: Socket, sdp: string) {
    this.#socket = socket;
    this.#port = Number(/^a=candidate:.* 127\.0\.0\.1 (\d+) /m.exec(sdp)?.[1]);
    this.#ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1] ?? '';
    this.#pwd = /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1] ?? '';
    socket.on('message', (datagram) => {
      if ((datagram[0] ?? 0) > 3) this.received.push(datagram);
    });
  }

  /** @param endpoint one that has the other side's description */
  static async open({ remote }: LocalEndpoint): Promise<MediaSocket> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const media = new MediaSocket(socket, remote?.sdp ?? '');
    media.write(media.#check());
    await once(socket, 'message');
    return media;
  }

  write(datagram: Buffer): void {
    this.#socket.send(datagram, this.#port, '127.0.0.1');
  }

  close(): void {
    this.#socket.close();
  }

  #check(): Buffer {
    return encodeStun(
      {
        method: METHOD_BINDING,
        class: 'request',
        transactionId: realOutside.random.bytes(12),
        attributes: [
          { name: 'username', text: `${this.#ufrag}:ours` },
          { name: 'priority', value: 1 },
          { name: 'ice-controlling', tieBreaker: 1n },
        ],
      },
      { integrityKey: this.#pwd, fingerprint: true },
    );
  }
}

/** One record of DTLS 1.2 in the clear (RFC 6347 §4.1). */
export function dtlsRecord(body: string): Buffer {
  const header = Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, Buffer.byteLength(body)]);
  return Buffer.concat([header, Buffer.from(body)]);
}
