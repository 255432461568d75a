/** The channels of one carrier: which leg a number belongs to. One look-up a packet. */
import type { Leg } from '../../main/engine/sfu/bridge.ts';
import { FIRST_CHANNEL, LAST_CHANNEL } from '../../main/engine/sfu/constants.ts';

const CHANNELS = LAST_CHANNEL - FIRST_CHANNEL + 1;

export class Channels {
  readonly #legs: (Leg | undefined)[] = new Array(CHANNELS).fill(undefined);
  /** Numbers are given out in a circle, so that one just given up rests longest. */
  #next = 0;
  #taken = 0;

  get free(): number {
    return CHANNELS - this.#taken;
  }

  find(channel: number): Leg | undefined {
    return this.#legs[channel - FIRST_CHANNEL];
  }

  /** Undefined when all are in use. */
  take(make: (channel: number) => Leg): number | undefined {
    if (this.#taken === CHANNELS) return undefined;
    while (this.#legs[this.#next] !== undefined) this.#next = (this.#next + 1) % CHANNELS;
    const channel = FIRST_CHANNEL + this.#next;
    this.#legs[this.#next] = make(channel);
    this.#next = (this.#next + 1) % CHANNELS;
    this.#taken++;
    return channel;
  }

  release(channel: number): void {
    const index = channel - FIRST_CHANNEL;
    if (this.#legs[index] === undefined) return;
    this.#legs[index] = undefined;
    this.#taken--;
  }
}
