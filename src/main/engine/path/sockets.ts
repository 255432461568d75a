/**
 * The engine's UDP sockets: one for each address family, for everything; those that sessions open for a while; and a door for what comes
 * in through a router's mapping.
 */
import type { AddressFamily, DatagramSocket } from '../outside/index.ts';
import { MAX_EXTRA_SOCKETS } from './constants.ts';
import type { PathServiceOptions } from './types.ts';

const FAMILIES: readonly AddressFamily[] = ['IPv4', 'IPv6'];

export type SocketDatagramHandler = (
  socket: DatagramSocket,
  datagram: Buffer,
  address: string,
  port: number,
) => void;

export class Sockets {
  readonly #options: PathServiceOptions;
  readonly #onDatagram: SocketDatagramHandler;
  #v4: DatagramSocket | undefined;
  #v6: DatagramSocket | undefined;
  readonly #extra = new Set<DatagramSocket>();
  #extraOpening = 0;
  #door: DatagramSocket | undefined;
  #doorOpening: Promise<DatagramSocket | undefined> | undefined;
  #closed = false;
  #opening: Promise<void> | undefined;

  constructor(options: PathServiceOptions, onDatagram: SocketDatagramHandler) {
    this.#options = options;
    this.#onDatagram = onDatagram;
  }

  get(family: AddressFamily): DatagramSocket | undefined {
    return family === 'IPv4' ? this.#v4 : this.#v6;
  }

  all(): DatagramSocket[] {
    return FAMILIES.flatMap((family) => this.get(family) ?? []);
  }

  /**
   * The IPv4 socket that a router's mapping leads to; bound when it is first wanted. It never sends to anybody who did not send to it: a NAT
   * that has seen us speak to an address from another external port takes what that address sends to the mapping for a clash, and drops it.
   */
  openDoor(): Promise<DatagramSocket | undefined> {
    this.#doorOpening ??= this.#bindDoor().finally(() => {
      // Who wants it when the system has a socket again gets it then.
      if (!this.#door) this.#doorOpening = undefined;
    });
    return this.#doorOpening;
  }

  /** The door, once it is open. */
  get door(): DatagramSocket | undefined {
    return this.#door;
  }

  /** Binds what can be bound; what cannot is told to `onNotice`. */
  async open(): Promise<void> {
    await this.#openMissing();
    const { onNotice, bindAddress } = this.#options;
    if (this.all().length === 0) onNotice?.({ code: 'no-udp' });
    else if (!this.#v4 && (!bindAddress || bindAddress.IPv4)) onNotice?.({ code: 'no-ipv4' });
  }

  /** After the interfaces changed: binds a family that could not be bound before. */
  async reopen(): Promise<void> {
    await this.#openMissing();
  }

  /** One more socket, on any port; undefined where there are too many already or the system gives none. */
  async openExtra(family: AddressFamily): Promise<DatagramSocket | undefined> {
    if (this.#closed || this.#extra.size + this.#extraOpening >= MAX_EXTRA_SOCKETS) return undefined;
    this.#extraOpening++;
    try {
      const socket = await this.#bind(family, 0);
      if (this.#closed) {
        socket.close();
        return undefined;
      }
      this.#extra.add(socket);
      return socket;
    } catch (error) {
      this.#options.logger.info({ err: error, family }, 'no further UDP socket');
      return undefined;
    } finally {
      this.#extraOpening--;
    }
  }

  closeExtra(socket: DatagramSocket): void {
    if (this.#extra.delete(socket)) socket.close();
  }

  close(): void {
    this.#closed = true;
    for (const socket of [...this.#extra]) this.closeExtra(socket);
    this.#v4?.close();
    this.#v6?.close();
    this.#door?.close();
    this.#v4 = undefined;
    this.#v6 = undefined;
    this.#door = undefined;
  }

  #openMissing(): Promise<void> {
    this.#opening ??= this.#bindMissing().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #bindMissing(): Promise<void> {
    const { port = 0, bindAddress } = this.#options;
    for (const family of FAMILIES) {
      if (this.get(family) || (bindAddress && !bindAddress[family])) continue;
      // The same port for both families is easier to open in a firewall.
      const wanted = port !== 0 ? port : family === 'IPv6' ? (this.#v4?.port ?? 0) : 0;
      const socket = await this.#bindWantedOrAny(family, wanted, wanted === port);
      if (this.#closed) {
        socket?.close();
        return;
      }
      if (family === 'IPv4') this.#v4 = socket;
      else this.#v6 = socket;
    }
  }

  async #bindDoor(): Promise<DatagramSocket | undefined> {
    if (!this.#v4) return undefined;
    const door = await this.#bindWantedOrAny('IPv4', 0, false);
    if (this.#closed) door?.close();
    else this.#door = door;
    return this.#door;
  }

  async #bindWantedOrAny(
    family: AddressFamily,
    port: number,
    isPreference: boolean,
  ): Promise<DatagramSocket | undefined> {
    const { logger, onNotice } = this.#options;
    try {
      return await this.#bind(family, port);
    } catch (error) {
      if (port === 0) {
        logger.info({ err: error, family }, 'no UDP socket of this family');
        return undefined;
      }
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const isTaken = code === 'EADDRINUSE' || code === 'EACCES';
      const other = await this.#bindWantedOrAny(family, 0, false);
      if (isPreference && isTaken && other) {
        logger.warn({ family, wanted: port, port: other.port }, 'the preferred UDP port is taken');
        onNotice?.({ code: 'port-taken', detail: String(port) });
      }
      return other;
    }
  }

  async #bind(family: AddressFamily, port: number): Promise<DatagramSocket> {
    const { outside, bindAddress, logger } = this.#options;
    let bound: DatagramSocket | undefined;
    bound = await outside.network.bind(
      family,
      port,
      (datagram, address, fromPort) => {
        if (bound) this.#onDatagram(bound, datagram, address, fromPort);
      },
      // A socket reports what happened to single datagrams here; it stays usable.
      (error) => logger.warn({ err: error, family }, 'a UDP socket reported an error'),
      bindAddress?.[family],
    );
    return bound;
  }
}
