/** The calls' sockets, lent to a volunteer's node: one socket and one mapping for all its guests. */
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, Forwarding } from '../outside/index.ts';
import type { StunMessage } from '../stun/message.ts';
import type { Source } from '../stun/transactions.ts';
import type { Channels } from './channels.ts';

/** Who serves guests. */
export interface GuestHost {
  /** A request of method JOIN or PROBE. Never throws on what it holds. */
  receive(message: StunMessage, source: Source): void;
}

export interface GuestSocketsOptions {
  readonly channels: Pick<Channels, 'take' | 'release'>;
  readonly socket: (family: AddressFamily) => DatagramSocket | undefined;
  /** What a router's mapping leads to. */
  readonly door: () => DatagramSocket | undefined;
  /** Where others see us, a router's mapping first. */
  readonly publicAddresses: () => TransportAddress[];
  /** Whether an address that the server named is one to send to at all. */
  readonly mayBeSentTo: (address: string) => boolean;
  readonly openForwarding: () => Promise<Forwarding | undefined>;
  /** Somebody serves guests from now on, or nobody does any more. */
  readonly onHost: () => void;
}

export class GuestSockets {
  /** Channels are the host's to take and give back; what comes in on one goes to its owner. */
  readonly channels: Pick<Channels, 'take' | 'release'>;
  readonly #options: GuestSocketsOptions;
  #host: GuestHost | null = null;

  constructor(options: GuestSocketsOptions) {
    this.#options = options;
    this.channels = options.channels;
  }

  /** While it is true our mapping is kept alive. */
  get isServing(): boolean {
    return this.#host !== null;
  }

  publicAddresses(): TransportAddress[] {
    return this.#options.publicAddresses();
  }

  serve(host: GuestHost | null): void {
    if (this.#host === host) return;
    this.#host = host;
    this.#options.onHost();
  }

  /** From the socket whose mapping guests are told of. Lost where there is none of the family, or the address is nobody's. */
  send(datagram: Buffer, { address, port }: TransportAddress): void {
    const socket = this.#options.socket(address.includes(':') ? 'IPv6' : 'IPv4');
    if (port !== 0 && this.#options.mayBeSentTo(address))
      socket?.send(datagram, 0, datagram.length, port, address);
  }

  /** A thread that carries guests' frames between these sockets, where the system has one. */
  openForwarding(): Promise<Forwarding | undefined> {
    return this.#options.openForwarding();
  }

  receive(message: StunMessage, source: Source): void {
    if (message.class === 'request' && this.#isLent(source.socket)) this.#host?.receive(message, source);
  }

  /** Sockets of single calls, and legs to other carriers, are gone sooner than guests. */
  #isLent(socket: DatagramSocket): boolean {
    return socket === this.#options.socket(socket.family) || socket === this.#options.door();
  }
}
