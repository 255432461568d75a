/**
 * The public relay: the last rung of the ladder (patent S26, S46). The same bridges as a volunteer's node, on the server's
 * public address, over UDP and over the messages of a WebSocket. It forwards what it cannot read, for tickets alone.
 */
import { type KeyObject, randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { DatagramSocket } from '../../main/engine/outside/index.ts';
import { Bridges } from '../../main/engine/sfu/bridges.ts';
import { CARRIER_BYTES, JOIN_BURST, JOINS_PER_SECOND, METHOD_JOIN } from '../../main/engine/sfu/constants.ts';
import { datagramOf } from '../../main/engine/sfu/web-socket-message.ts';
import { decodeStun } from '../../main/engine/stun/message.ts';
import type { Clock } from '../clock.ts';
import { RATE_MEMORY, type ServerLimits } from '../constants.ts';
import { limitKey, plainAddress } from '../source-address.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import { Channels } from './channels.ts';
import { type BoundSocket, bindRelay } from './udp.ts';
import { WebSocketGuest } from './web-socket.ts';

export interface RelayParts {
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'relayBridges' | 'relayBridgesPerAddress' | 'heartbeatMs'>;
  readonly logger: Logger;
  /** The public half of the key that tickets are signed with. */
  readonly ticketKey: KeyObject;
}

export class Relay {
  /** What it is called as a carrier, 32 bytes. */
  readonly carrier = randomBytes(CARRIER_BYTES);
  readonly #parts: RelayParts;
  readonly #channels = new Channels();
  readonly #bridges: Bridges;
  readonly #webSockets = new Set<WebSocket>();
  #sockets: BoundSocket[] = [];
  #closing: Promise<void> | undefined;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    const { clock, limits, ticketKey } = parts;
    const rate = new KeyedTokenBuckets({ perSecond: JOINS_PER_SECOND, burst: JOIN_BURST }, RATE_MEMORY);
    this.#bridges = new Bridges({
      clock,
      random: { bytes: randomBytes },
      ticketKey: () => ticketKey,
      carrier: this.carrier,
      limits: () => ({
        bridges: Math.min(limits.relayBridges, this.#channels.free >> 1),
        bridgesPerAddress: limits.relayBridgesPerAddress,
      }),
      mayVerify: (address, nowMs) => rate.take(limitKey(address), nowMs),
      takeChannel: (make) => this.#channels.take(make),
      releaseChannel: (channel) => this.#channels.release(channel),
      onUnused: (socket) => {
        if (socket instanceof WebSocketGuest) socket.unused();
      },
    });
  }

  get bridges(): number {
    return this.#bridges.size;
  }

  get bytesForwarded(): number {
    return this.#bridges.bytesForwarded;
  }

  /** The UDP port; undefined where it has none. */
  get port(): number | undefined {
    return this.#sockets[0]?.port;
  }

  /** @throws PortTakenError, BindAddressError */
  async listen(host: string, port: number): Promise<void> {
    this.#sockets = await bindRelay(
      host,
      port,
      (socket, datagram, address, fromPort) => this.#receive(socket, datagram, address, fromPort),
      this.#parts.logger,
    );
  }

  /** A guest whose network lets nothing out but TCP. @param address where it comes from */
  accept(webSocket: WebSocket, address: string, port: number): void {
    const { clock, limits } = this.#parts;
    const place = { address: plainAddress(address), port };
    const guest = new WebSocketGuest(webSocket, place, { clock, heartbeatMs: limits.heartbeatMs });
    this.#webSockets.add(webSocket);
    webSocket.on('error', () => webSocket.terminate());
    this.#bridges.greet({ socket: guest, ...place });
    webSocket.on('message', (data, isBinary) => {
      const bytes = datagramOf(data, isBinary);
      if (!bytes) {
        webSocket.close();
        return;
      }
      guest.heard();
      this.#receive(guest, bytes, guest.address, guest.port);
    });
    webSocket.on('close', () => {
      this.#webSockets.delete(webSocket);
      this.#bridges.forgetSocket(guest);
      guest.ended();
    });
  }

  /** Says goodbye and frees everything. Closing again waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#bridges.sayGoodbye();
    this.#bridges.close();
    // dgram hands a datagram to the system a tick after `send`; a socket that is closed before drops it.
    await new Promise((resolve) => setImmediate(resolve));
    for (const webSocket of this.#webSockets) webSocket.close();
    await Promise.all(this.#sockets.map((socket) => socket.closed()));
    for (const webSocket of this.#webSockets) webSocket.terminate();
  }

  /** Everything that comes in. The first byte decides (RFC 7983). */
  #receive(socket: DatagramSocket, datagram: Buffer, address: string, port: number): void {
    const first = datagram[0] ?? 0xff;
    if (first >= 64 && first <= 79) {
      const leg = datagram.length < 4 ? undefined : this.#channels.find(datagram.readUInt16BE(0));
      if (leg) this.#bridges.forward(leg, datagram, socket, address, port);
    } else if (first <= 3 && port !== 0) {
      const message = decodeStun(datagram);
      if (message?.method !== METHOD_JOIN) return;
      this.#bridges.receive(message, { socket, address, port });
      if (socket instanceof WebSocketGuest && this.#bridges.hasSocket(socket)) socket.used();
    }
  }
}
