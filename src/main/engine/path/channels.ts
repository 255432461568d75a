/** The channels of this engine's sockets: who gets what comes in on one. One look-up a packet, whoever it belongs to. */
import type { DatagramSocket, Random } from '../outside/index.ts';
import { CHANNEL_COUNT, CHANNEL_HEADER_BYTES, FIRST_CHANNEL } from './constants.ts';
import { ChannelsUsedUpError } from './errors.ts';

/** A path session, a leg to a carrier, or a guest's leg to our own bridge. */
export interface ChannelOwner {
  /** ChannelData (RFC 8656 §12.4), header included. The per-packet path: nothing is allocated, logged or awaited. */
  receiveFrame(datagram: Buffer, socket: DatagramSocket, address: string, port: number): void;
}

export class Channels {
  readonly #random: Random;
  readonly #owners: (ChannelOwner | undefined)[] = new Array(CHANNEL_COUNT).fill(undefined);

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * A free number, by chance.
   * @throws ChannelsUsedUpError when thousands are in use
   */
  take(owner: ChannelOwner): number {
    const start = this.#random.bytes(2).readUInt16BE(0);
    for (let step = 0; step < CHANNEL_COUNT; step++) {
      const index = (start + step) % CHANNEL_COUNT;
      if (this.#owners[index]) continue;
      this.#owners[index] = owner;
      return FIRST_CHANNEL + index;
    }
    throw new ChannelsUsedUpError();
  }

  release(channel: number): void {
    this.#owners[channel - FIRST_CHANNEL] = undefined;
  }

  /** A datagram whose first byte is 64 to 79 (RFC 7983). */
  receive(datagram: Buffer, socket: DatagramSocket, address: string, port: number): void {
    if (datagram.length < CHANNEL_HEADER_BYTES) return;
    const index = (((datagram[0] ?? 0) << 8) | (datagram[1] ?? 0)) - FIRST_CHANNEL;
    this.#owners[index]?.receiveFrame(datagram, socket, address, port);
  }
}
