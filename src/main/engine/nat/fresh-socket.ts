/** A socket of its own for some questions: the NAT has no mapping for it yet, and its filter is open to nobody. */
import type { AddressFamily, DatagramSocket, Outside } from '../outside/index.ts';
import { decodeStun, METHOD_BINDING } from '../stun/message.ts';
import { Transactions } from '../stun/transactions.ts';
import type { Road } from './types.ts';

export class FreshSocket implements Road {
  readonly transactions: Transactions;
  readonly arrivals = new Set<(transactionId: Buffer) => void>();
  #socket: DatagramSocket | undefined;
  readonly #closing = new AbortController();

  /**
   * @param address what to bind, when not every address
   * @throws what the system says when it gives no socket
   */
  static async open(outside: Outside, family: AddressFamily, address?: string): Promise<FreshSocket> {
    const fresh = new FreshSocket(outside);
    fresh.#socket = await outside.network.bind(
      family,
      0,
      (datagram, from, port) => fresh.#receive(datagram, from, port),
      // What happens to one datagram of a question is a lost datagram: the question is sent again.
      () => undefined,
      address,
    );
    return fresh;
  }

  private constructor(outside: Outside) {
    this.transactions = new Transactions(outside.clock);
  }

  get localPort(): number {
    return this.#socket?.port ?? 0;
  }

  send(datagram: Buffer, port: number, address: string): void {
    this.#socket?.send(datagram, 0, datagram.length, port, address);
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Questions still open here count as not answered. Twice is fine. */
  close(): void {
    this.#closing.abort();
    this.transactions.stopAll();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #receive(datagram: Buffer, address: string, port: number): void {
    const message = decodeStun(datagram);
    const socket = this.#socket;
    if (!socket || !message || message.method !== METHOD_BINDING) return;
    if (message.class === 'request') {
      for (const arrived of [...this.arrivals]) arrived(message.transactionId);
    } else if (message.class !== 'indication') {
      this.transactions.receive(message, datagram, { socket, address, port });
    }
  }
}
