/** UDP to a TURN server, on a socket of its own: what a server sends there reaches nothing but its allocation. */
import type { DatagramSocket, Network } from '../outside/index.ts';
import type { TurnLink, TurnLinkHandlers } from './link.ts';

export interface DatagramLinkOptions extends TurnLinkHandlers {
  readonly network: Pick<Network, 'bind'>;
  readonly address: string;
  readonly port: number;
}

export class DatagramLink implements TurnLink {
  readonly isStream = false;
  readonly #socket: DatagramSocket;
  readonly #address: string;
  readonly #port: number;
  #closed = false;

  private constructor(socket: DatagramSocket, address: string, port: number) {
    this.#socket = socket;
    this.#address = address;
    this.#port = port;
  }

  /** @throws when the system gives no socket */
  static async open({ network, address, port, onUnit, onGone }: DatagramLinkOptions): Promise<DatagramLink> {
    let link: DatagramLink | undefined;
    const socket = await network.bind(
      address.includes(':') ? 'IPv6' : 'IPv4',
      0,
      (datagram, fromAddress, fromPort) => {
        if (link && !link.#closed && fromPort === port && fromAddress === address) onUnit(datagram);
      },
      () => {
        if (!link || link.#closed) return;
        link.closeSoon();
        onGone('gone');
      },
    );
    link = new DatagramLink(socket, address, port);
    return link;
  }

  send(bytes: Buffer, length: number, sent?: (error: Error | null) => void): void {
    if (this.#closed) sent?.(null);
    else this.#socket.send(bytes, 0, length, this.#port, this.#address, sent);
  }

  closeSoon(): void {
    if (this.#closed) return;
    this.#closed = true;
    // dgram hands a datagram to the system a tick after `send`.
    setImmediate(() => this.#socket.close());
  }
}
