/** The sockets that one session opens beside the engine's own, to meet a NAT that gives every new socket another port. */
import type { AddressFamily, DatagramSocket } from '../outside/index.ts';
import type { Surroundings } from './surroundings.ts';

export class SessionSockets {
  readonly #around: Pick<Surroundings, 'openExtraSocket' | 'closeExtraSocket'>;
  readonly #open = new Set<DatagramSocket>();
  #closed = false;

  constructor(around: Pick<Surroundings, 'openExtraSocket' | 'closeExtraSocket'>) {
    this.#around = around;
  }

  has(socket: DatagramSocket): boolean {
    return this.#open.has(socket);
  }

  /** Undefined where the app has as many as it may, the system gives none, or the session was closed meanwhile. */
  async open(family: AddressFamily): Promise<DatagramSocket | undefined> {
    if (this.#closed) return undefined;
    const socket = await this.#around.openExtraSocket(family);
    if (!socket) return undefined;
    if (this.#closed) {
      this.#around.closeExtraSocket(socket);
      return undefined;
    }
    this.#open.add(socket);
    return socket;
  }

  closeAllBut(isNeeded: (socket: DatagramSocket) => boolean): void {
    for (const socket of [...this.#open]) {
      if (isNeeded(socket)) continue;
      this.#open.delete(socket);
      this.#around.closeExtraSocket(socket);
    }
  }

  close(): void {
    this.#closed = true;
    this.closeAllBut(() => false);
  }
}
