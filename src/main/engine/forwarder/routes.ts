/**
 * The routes of the forwarder by channel, and what each may send: everything in arrays of numbers, so that a packet costs look-ups and no
 * allocation. The clock is read once a batch.
 */
import {
  BURST_MS,
  CHANNELS,
  SHARE_BURST_MS,
  SHARE_LESS,
  SHARE_MORE,
  SHARE_MS,
  SOCKADDR_BYTES,
} from './constants.ts';
import {
  BYTES,
  COUNTERS,
  DROPPED,
  HEARD_AT,
  PACKETS,
  type Route,
  type SharedMemory,
  TOTAL_KBIT_PER_S,
  TOTAL_UNTIL_MS,
} from './messages.ts';
import { fairLevel } from './shares.ts';

const NONE = -1;

export class Routes {
  /** Senders and receivers, a sockaddr a channel. The receivers' are what the system calls point to. */
  readonly from = new Uint32Array((CHANNELS * SOCKADDR_BYTES) / 4);
  readonly to = new Uint8Array(CHANNELS * SOCKADDR_BYTES);
  /** NONE where a channel has no route. */
  readonly fromSocket = new Int32Array(CHANNELS).fill(NONE);
  readonly toSocket = new Int32Array(CHANNELS).fill(NONE);
  /** As the first two bytes of a frame, little endian. */
  readonly toChannel = new Uint32Array(CHANNELS);
  readonly #counters: Float64Array;
  readonly #control: Float64Array;
  readonly #bridge = new Int32Array(CHANNELS);
  readonly #bytesPerMs = new Float64Array(CHANNELS);
  readonly #saved = new Float64Array(CHANNELS);
  readonly #countedAtMs = new Float64Array(CHANNELS);
  /** By place: a bridge has one while it has a route. */
  readonly #placeOf = new Map<number, { place: number; routes: number }>();
  readonly #bridgeAt: number[] = [];
  readonly #wants = new Float64Array(CHANNELS);
  /** What a bridge may still send, while it is held to its share; what it has sent since the last look, while it is not. */
  readonly #share = new Float64Array(CHANNELS);
  #level = Number.POSITIVE_INFINITY;
  /** What all together have saved up, the part of it that is for those who want little, and an even share of a look, bytes. */
  #total = 0;
  #reserve = 0;
  #even = 0;
  /** Since the last look somebody did not get what their ticket allows. */
  #isShort = false;
  #totalCountedAtMs = 0;
  #sharedAtMs = 0;

  constructor({ counters, control }: SharedMemory) {
    this.#counters = new Float64Array(counters);
    this.#control = new Float64Array(control);
  }

  set(route: Route, nowMs: number): void {
    const { channel, bridge } = route;
    this.clear(channel);
    const place = this.#placeOf.get(bridge) ?? { place: this.#placeOf.size, routes: 0 };
    place.routes++;
    this.#placeOf.set(bridge, place);
    this.#bridgeAt[place.place] = bridge;
    if (place.routes === 1) {
      this.#wants[place.place] = 0;
      this.#share[place.place] = 0;
    }
    this.#bridge[channel] = place.place;
    this.from.set(
      new Uint32Array(route.from.buffer, route.from.byteOffset, SOCKADDR_BYTES / 4),
      (channel * SOCKADDR_BYTES) / 4,
    );
    this.to.set(route.to, channel * SOCKADDR_BYTES);
    this.toChannel[channel] = (route.toChannel >>> 8) | ((route.toChannel & 0xff) << 8);
    this.#bytesPerMs[channel] = route.kbitPerS / 8;
    this.#saved[channel] = (route.kbitPerS / 8) * BURST_MS;
    this.#countedAtMs[channel] = nowMs;
    this.toSocket[channel] = route.toSocket;
    this.fromSocket[channel] = route.fromSocket;
  }

  /** Twice is fine. */
  clear(channel: number): void {
    if (this.fromSocket[channel] === NONE) return;
    this.fromSocket[channel] = NONE;
    this.toSocket[channel] = NONE;
    const at = this.#bridge[channel] ?? 0;
    const place = this.#placeOf.get(this.#bridgeAt[at] ?? NONE);
    if (place && --place.routes === 0) this.#vacate(at);
  }

  /** Whether a sender, a sockaddr at word `at` of `words`, is the guest that the channel is for. */
  isFrom(channel: number, words: Uint32Array, at: number, isIPv6: boolean): boolean {
    const { from } = this;
    const mine = (channel * SOCKADDR_BYTES) / 4;
    // Family and port; then the address: RFC 3493 §3.3 puts it behind four bytes of flow information.
    if (from[mine] !== words[at]) return false;
    if (!isIPv6) return from[mine + 1] === words[at + 1];
    return (
      from[mine + 2] === words[at + 2] &&
      from[mine + 3] === words[at + 3] &&
      from[mine + 4] === words[at + 4] &&
      from[mine + 5] === words[at + 5] &&
      from[mine + 6] === words[at + 6]
    );
  }

  /** Counts a frame of a guest. @returns whether it may go on now */
  mayPass(channel: number, bytes: number, nowMs: number): boolean {
    const counters = this.#counters;
    const at = channel * COUNTERS;
    counters[at + HEARD_AT] = nowMs;
    const rate = this.#bytesPerMs[channel] ?? 0;
    const saved = Math.min(
      rate * BURST_MS,
      (this.#saved[channel] ?? 0) + (nowMs - (this.#countedAtMs[channel] ?? 0)) * rate,
    );
    this.#countedAtMs[channel] = nowMs;
    this.#saved[channel] = saved;
    const place = this.#bridge[channel] ?? 0;
    const isAllowed = saved >= bytes;
    // What its ticket does not allow it cannot want.
    if (isAllowed) this.#wants[place] = (this.#wants[place] ?? 0) + bytes;
    const isHeld = this.#level !== Number.POSITIVE_INFINITY;
    const share = this.#share[place] ?? 0;
    // Until the next look at who wants what, nobody takes more than an even share of what others may need.
    const isFair = isHeld ? share >= bytes : this.#total >= this.#reserve || share + bytes <= this.#even;
    if (!isAllowed || !isFair || this.#total < bytes) {
      if (isAllowed) this.#isShort = true;
      counters[at + DROPPED] = (counters[at + DROPPED] ?? 0) + 1;
      return false;
    }
    this.#saved[channel] = saved - bytes;
    this.#share[place] = isHeld ? share - bytes : share + bytes;
    this.#total -= bytes;
    counters[at + BYTES] = (counters[at + BYTES] ?? 0) + bytes;
    counters[at + PACKETS] = (counters[at + PACKETS] ?? 0) + 1;
    return true;
  }

  /** Once a batch: what has been gained meanwhile. */
  passTime(nowMs: number): void {
    const isHeld = nowMs < (this.#control[TOTAL_UNTIL_MS] ?? 0);
    const perMs = isHeld ? (this.#control[TOTAL_KBIT_PER_S] ?? 0) / 8 : 0;
    const passedMs = nowMs - this.#totalCountedAtMs;
    this.#totalCountedAtMs = nowMs;
    this.#total = Math.min(perMs * BURST_MS, this.#total + passedMs * perMs);
    if (nowMs - this.#sharedAtMs >= SHARE_MS) this.#shareAnew(nowMs, perMs);
  }

  #shareAnew(nowMs: number, perMs: number): void {
    const passedMs = nowMs - this.#sharedAtMs;
    this.#sharedAtMs = nowMs;
    const count = this.#placeOf.size;
    this.#reserve = (perMs * BURST_MS) / 2;
    this.#even = (perMs * SHARE_MS) / Math.max(1, count);
    const wasHeld = this.#level !== Number.POSITIVE_INFINITY;
    const hasReserve = this.#total >= this.#reserve;
    // A burst that was saved up for is nobody's fault; nor has anybody had a chance to want anything in a silence.
    const mayHold = this.#isShort && passedMs <= 4 * SHARE_MS;
    this.#isShort = false;
    this.#level = mayHold ? fairLevel(this.#wants, count, perMs * passedMs) : Number.POSITIVE_INFINITY;
    const isHeld = this.#level !== Number.POSITIVE_INFINITY;
    const gain = isHeld ? this.#level * (hasReserve ? SHARE_MORE : SHARE_LESS) : 0;
    const most = (gain / passedMs) * Math.max(SHARE_BURST_MS, passedMs);
    for (let place = 0; place < count; place++) {
      this.#share[place] = isHeld ? Math.min(most, (wasHeld ? (this.#share[place] ?? 0) : 0) + gain) : 0;
      this.#wants[place] = 0;
    }
  }

  /** The last place moves into the one that is free, so that places have no gaps. */
  #vacate(place: number): void {
    const last = this.#placeOf.size - 1;
    this.#placeOf.delete(this.#bridgeAt[place] ?? NONE);
    if (last !== place) {
      const mover = this.#bridgeAt[last] ?? NONE;
      const moved = this.#placeOf.get(mover);
      if (moved) moved.place = place;
      this.#bridgeAt[place] = mover;
      this.#wants[place] = this.#wants[last] ?? 0;
      this.#share[place] = this.#share[last] ?? 0;
      for (let channel = 0; channel < CHANNELS; channel++) {
        if (this.#bridge[channel] === last && this.fromSocket[channel] !== NONE)
          this.#bridge[channel] = place;
      }
    }
    this.#bridgeAt.length = last;
  }
}
