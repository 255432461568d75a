/** The public relay on the simulated internet: the real bridges and channels, on simulated sockets. */
import type { KeyObject } from 'node:crypto';
import type { DatagramSocket } from '../../src/main/engine/outside/index.ts';
import { Bridges } from '../../src/main/engine/sfu/bridges.ts';
import { CARRIER_BYTES, JOIN_BURST, JOINS_PER_SECOND } from '../../src/main/engine/sfu/constants.ts';
import { decodeStun } from '../../src/main/engine/stun/message.ts';
import { DEFAULT_LIMITS, RATE_MEMORY } from '../../src/server/constants.ts';
import { Channels } from '../../src/server/relay/channels.ts';
import { limitKey } from '../../src/server/source-address.ts';
import { KeyedTokenBuckets } from '../../src/server/token-buckets.ts';
import type { Host } from './host.ts';

/** Where guests come with UDP: the port after STUN's two. */
export const RELAY_PORT = 3_480;
/** Datagrams to this port stand for the messages of a WebSocket: see `NatOptions.onlyToPort`. */
export const WEB_SOCKET_PORT = 443;

export class SimulatedRelay {
  readonly carrier: Buffer;
  readonly address: string;
  readonly #bridges: Bridges;
  readonly #channels = new Channels();
  readonly #sockets: DatagramSocket[] = [];

  constructor(host: Host, address: string, ticketKey: KeyObject) {
    const { clock, random } = host.outside;
    const rate = new KeyedTokenBuckets({ perSecond: JOINS_PER_SECOND, burst: JOIN_BURST }, RATE_MEMORY);
    this.address = address;
    this.carrier = random.bytes(CARRIER_BYTES);
    this.#bridges = new Bridges({
      clock,
      random,
      ticketKey: () => ticketKey,
      carrier: this.carrier,
      limits: () => ({
        bridges: Math.min(DEFAULT_LIMITS.relayBridges, this.#channels.free >> 1),
        bridgesPerAddress: DEFAULT_LIMITS.relayBridgesPerAddress,
      }),
      mayVerify: (source, nowMs) => rate.take(limitKey(source), nowMs),
      takeChannel: (make) => this.#channels.take(make),
      releaseChannel: (channel) => this.#channels.release(channel),
    });
  }

  async listen({ outside }: Host): Promise<void> {
    for (const port of [RELAY_PORT, WEB_SOCKET_PORT]) {
      const socket: DatagramSocket = await outside.network.bind(
        'IPv4',
        port,
        (datagram, from, fromPort) => this.#receive(socket, datagram, from, fromPort),
        () => undefined,
        this.address,
      );
      this.#sockets.push(socket);
    }
  }

  get bridges(): number {
    return this.#bridges.size;
  }

  get bytesForwarded(): number {
    return this.#bridges.bytesForwarded;
  }

  close(): void {
    this.#bridges.close();
    for (const socket of this.#sockets) socket.close();
  }

  /** RFC 7983: the first byte decides. */
  #receive(socket: DatagramSocket, datagram: Buffer, address: string, port: number): void {
    const first = datagram[0] ?? 0xff;
    if (first >= 64 && first <= 79) {
      const leg = datagram.length < 4 ? undefined : this.#channels.find(datagram.readUInt16BE(0));
      if (leg) this.#bridges.forward(leg, datagram, socket, address, port);
    } else if (first <= 3) {
      const message = decodeStun(datagram);
      if (message) this.#bridges.receive(message, { socket, address, port });
    }
  }
}
