/**
 * The forwarder's loop: takes what came in on its sockets in batches, sends on what has a route, and leaves the rest to the engine's thread. Per
 * datagram that it sends on it allocates, logs and awaits nothing.
 */
import {
  BATCH,
  CHANNEL_HEADER_BYTES,
  FIRST_CHANNEL,
  FIRST_CHANNEL_BYTE,
  FRAMES_BURST,
  FRAMES_PER_SECOND,
  GATHER,
  LAST_CHANNEL_BYTE,
  LAST_STUN_BYTE,
  LONGEST_NAP_US,
  NAP_FROM_PER_S,
  POLL_LIMIT_MS,
  RING_BYTES,
  SOCKADDR_BYTES,
  STUN_BURST,
  STUN_PER_SECOND,
  STUN_SHARE,
} from './constants.ts';
import { EAGAIN, EINTR, type LinuxCalls } from './linux.ts';
import { type Route, type SharedMemory, UNHEARD } from './messages.ts';
import { Ring } from './ring.ts';
import { Routes } from './routes.ts';
import { AF_INET6 } from './sockaddr.ts';
import { mix, Sources } from './sources.ts';
import { Incoming, Outgoing } from './vectors.ts';

const POLLIN = 1;
/** int fd · short events · short revents */
const POLLFD_WORDS = 2;
const IPV4_LENGTH = 16;
const IPV6_LENGTH = 28;
/** V8 keeps arrays of up to 64 bytes where its collector moves them; longer ones stay where they are. */
const MIN_POLLED = 16;
/** The rate is measured over at least this, and forgotten over this, ms. */
const RATE_MS = 5;
const RATE_MEMORY_MS = 50;
/** Batches that one socket may have before the others have their turn. */
const FULL_BATCHES_AT_ONCE = 4;
/** A socket that answers with an error is not asked again at once. */
const PAUSE_AFTER_ERROR_US = 1_000;
const STUN_LIMIT_BYTES = RING_BYTES * STUN_SHARE;
/** No first byte, and no socket. */
const NOTHING = 255;

interface Socket {
  readonly fd: number;
  readonly outgoing: Outgoing;
}

export interface LoopOptions {
  readonly calls: LinuxCalls;
  readonly shared: SharedMemory;
  /** Ends `poll`. */
  readonly event: number;
  /** By the engine's clock, ms. */
  readonly now: () => number;
  /** Something lies in the ring. */
  readonly wake: () => void;
  /** Takes what the engine's thread has said; false to end. */
  readonly listen: () => boolean;
}

export class Loop {
  readonly #options: LoopOptions;
  readonly #calls: LinuxCalls;
  readonly #incoming: Incoming;
  readonly #routes: Routes;
  readonly #ring: Ring;
  readonly #control: Float64Array;
  readonly #receiversAddress: number;
  readonly #stun = new Sources(STUN_PER_SECOND, STUN_BURST);
  readonly #frames = new Sources(FRAMES_PER_SECOND, FRAMES_BURST);
  /** By the numbers that the engine's thread gave them. */
  readonly #sockets: (Socket | undefined)[] = [];
  readonly #said: Int32Array;
  #polled = new Int32Array(0);
  #count = 0;
  #polledAddress = 0;
  /** Datagrams a second, as they came lately. */
  #rate = 0;
  #came = 0;
  #ratedAtMs = 0;

  constructor(options: LoopOptions) {
    const { calls, shared } = options;
    this.#options = options;
    this.#calls = calls;
    this.#incoming = new Incoming(calls);
    this.#routes = new Routes(shared);
    this.#ring = new Ring(shared.ring);
    this.#control = new Float64Array(shared.control);
    this.#said = new Int32Array(shared.said);
    this.#receiversAddress = calls.addressOf(this.#routes.to);
    this.#pollAnew();
  }

  take(number: number, fd: number): void {
    this.#sockets[number] = { fd, outgoing: new Outgoing(this.#calls) };
    this.#pollAnew();
  }

  /** The socket is not read any more; closing it is its owner's part. */
  give(number: number): void {
    this.#sockets[number] = undefined;
    this.#pollAnew();
  }

  route(route: Route): void {
    this.#routes.set(route, this.#options.now());
  }

  unroute(channel: number): void {
    this.#routes.clear(channel);
  }

  /** Until `listen` says that it is over. Does not return to Node's event loop. */
  run(): void {
    while (true) {
      const ready = this.#calls.poll(this.#polledAddress, this.#count, POLL_LIMIT_MS);
      if (!this.#listen()) return;
      if (ready <= 0) continue;
      this.#readAll();
      // While much comes, some is let gather, and the sockets are read without asking which of them has something.
      while (this.#rate >= NAP_FROM_PER_S) {
        this.#calls.nap(Math.min(LONGEST_NAP_US, (GATHER * 1e6) / this.#rate) | 0);
        if (!this.#listen()) return;
        this.#readAll();
      }
    }
  }

  #listen(): boolean {
    if (Atomics.exchange(this.#said, 0, 0) === 0) return true;
    this.#calls.clear(this.#options.event);
    return this.#options.listen();
  }

  #readAll(): void {
    for (let number = 0; number < this.#sockets.length; number++) {
      const socket = this.#sockets[number];
      if (socket) this.#read(number, socket.fd);
    }
    if (this.#ring.mustTell()) this.#options.wake();
    this.#rateAnew(this.#options.now());
  }

  #read(number: number, fd: number): void {
    const { address } = this.#incoming;
    for (let turn = 0; turn < FULL_BATCHES_AT_ONCE; turn++) {
      const count = this.#calls.receive(fd, address, BATCH);
      if (count < 0 && count !== -EAGAIN && count !== -EINTR) this.#calls.nap(PAUSE_AFTER_ERROR_US);
      if (count <= 0) return;
      this.#came += count;
      const nowMs = this.#options.now();
      this.#routes.passTime(nowMs);
      for (let index = 0; index < count; index++) this.#receive(number, index, nowMs);
      this.#flush();
      if (count < BATCH) return;
    }
  }

  #receive(number: number, index: number, nowMs: number): void {
    const incoming = this.#incoming;
    const length = incoming.lengthOf(index);
    const at = incoming.slotAt(index);
    // The datagram's first four bytes; those of a shorter one are of the datagram before.
    const word = incoming.words[at >> 2] ?? 0;
    const first = length < CHANNEL_HEADER_BYTES ? NOTHING : word & 0xff;
    if (first >= FIRST_CHANNEL_BYTE && first <= LAST_CHANNEL_BYTE)
      this.#receiveFrame(number, index, length, word, nowMs);
    else if (first <= LAST_STUN_BYTE) this.#leave(number, index, length, nowMs, this.#stun, STUN_LIMIT_BYTES);
    incoming.reuse(index);
  }

  #receiveFrame(number: number, index: number, length: number, word: number, nowMs: number): void {
    const { bytes, words } = this.#incoming;
    const routes = this.#routes;
    const channel = (((word & 0xff) << 8) | ((word >>> 8) & 0xff)) - FIRST_CHANNEL;
    const fromSocket = routes.fromSocket[channel];
    if (fromSocket === undefined || fromSocket < 0) {
      this.#leave(number, index, length, nowMs, this.#frames, RING_BYTES);
      return;
    }
    const nameAt = this.#incoming.nameAt(index);
    const isGuest =
      fromSocket === number && routes.isFrom(channel, words, nameAt >> 2, bytes[nameAt] === AF_INET6);
    const frame = CHANNEL_HEADER_BYTES + (((word >>> 8) & 0xff00) | (word >>> 24));
    if (!isGuest || frame > length || !routes.mayPass(channel, frame, nowMs)) return;
    const outgoing = this.#sockets[routes.toSocket[channel] ?? NOTHING]?.outgoing;
    if (!outgoing) return;
    words[this.#incoming.slotAt(index) >> 2] = (word & 0xffff0000) | (routes.toChannel[channel] ?? 0);
    const to = channel * SOCKADDR_BYTES;
    const nameLength = routes.to[to] === AF_INET6 ? IPV6_LENGTH : IPV4_LENGTH;
    outgoing.add(this.#receiversAddress + to, nameLength, this.#incoming.slotAddress(index), frame);
  }

  /** For the engine's thread, unless it has enough. */
  #leave(
    number: number,
    index: number,
    length: number,
    nowMs: number,
    sources: Sources,
    limit: number,
  ): void {
    const { bytes, words } = this.#incoming;
    const nameAt = this.#incoming.nameAt(index);
    const word = nameAt >> 2;
    // Limits go by an IPv4 address, or the /64 of an IPv6 one: a machine has all of its /64 to send from (RFC 4291 §2.5.4).
    const source =
      bytes[nameAt] === AF_INET6
        ? mix(words[word + 2] ?? 0, words[word + 3] ?? 0)
        : mix(words[word + 1] ?? 0, 0);
    const isHeard =
      sources.take(source, nowMs) &&
      this.#ring.write(number, bytes, nameAt, this.#incoming.slotAt(index), length, limit);
    if (!isHeard) this.#control[UNHEARD] = (this.#control[UNHEARD] ?? 0) + 1;
  }

  #flush(): void {
    for (let number = 0; number < this.#sockets.length; number++) {
      const socket = this.#sockets[number];
      if (socket && socket.outgoing.count > 0) socket.outgoing.flush(this.#calls, socket.fd);
    }
  }

  #rateAnew(nowMs: number): void {
    const passedMs = nowMs - this.#ratedAtMs;
    if (passedMs < RATE_MS) return;
    const weight = passedMs / (passedMs + RATE_MEMORY_MS);
    this.#rate += weight * ((this.#came * 1_000) / passedMs - this.#rate);
    this.#came = 0;
    this.#ratedAtMs = nowMs;
  }

  #pollAnew(): void {
    const descriptors = [this.#options.event, ...this.#sockets.flatMap((socket) => socket?.fd ?? [])];
    this.#polled = new Int32Array(Math.max(MIN_POLLED, descriptors.length) * POLLFD_WORDS);
    this.#count = descriptors.length;
    descriptors.forEach((fd, index) => {
      this.#polled[index * POLLFD_WORDS] = fd;
      this.#polled[index * POLLFD_WORDS + 1] = POLLIN;
    });
    this.#polledAddress = this.#calls.addressOf(new Uint8Array(this.#polled.buffer));
  }
}
