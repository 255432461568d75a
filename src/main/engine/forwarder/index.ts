/**
 * The forwarder, as the engine's thread sees it: a thread that reads the node's sockets and sends a guest's frames straight on, so that neither a busy
 * interface nor a garbage collection delays them. What has no route comes back here, to the socket's own listener.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { DatagramSocket, Forwarding, RouteCounters, RouteWish } from '../outside/index.ts';
import { CHANNELS, DRAIN_AT_ONCE, FIRST_CHANNEL, FORWARDS_ALONE_MS, WORKER_LIMIT_MS } from './constants.ts';
import { descriptorOf, type LinuxCalls, loadLinuxCalls } from './linux.ts';
import {
  BYTES,
  COUNTERS,
  DROPPED,
  type ForwarderData,
  type FromForwarder,
  HEARD_AT,
  newSharedMemory,
  PACKETS,
  type SharedMemory,
  TOTAL_KBIT_PER_S,
  TOTAL_UNTIL_MS,
  type ToForwarder,
} from './messages.ts';
import { Ring } from './ring.ts';
import { lengthOf, readSockaddr, writeSockaddr } from './sockaddr.ts';

/** A socket that can be read by somebody else than Node. */
export interface MovableSocket extends DatagramSocket {
  /** It is read elsewhere from now on, and sent by that. */
  move(elsewhere: Elsewhere): void;
  /** It is Node's again, by a descriptor of its own. */
  comeBack(fd: number): void;
  /** Something came in for it. */
  deliver(datagram: Buffer, address: string, port: number): void;
}

export interface Elsewhere {
  send(bytes: Buffer, offset: number, length: number, port: number, address: string): Error | null;
  close(): void;
}

interface Taken {
  readonly socket: MovableSocket;
  readonly fd: number;
}

/** Undefined where the system cannot do it: the engine's own thread forwards there. */
export async function openForwarding(): Promise<Forwarding | undefined> {
  const calls = loadLinuxCalls();
  if (!calls) return undefined;
  const event = calls.newEvent();
  if (event < 0) return undefined;
  const shared = newSharedMemory();
  const workerData: ForwarderData = { shared, event, timeOrigin: performance.timeOrigin };
  const worker = new Worker(workerFile(), { workerData, stdin: false });
  const isStarted = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), WORKER_LIMIT_MS);
    const end = (started: boolean) => {
      clearTimeout(timer);
      resolve(started);
    };
    worker.once('message', () => end(true));
    worker.once('error', () => end(false));
    worker.once('exit', () => end(false));
  });
  if (!isStarted) {
    await worker.terminate();
    calls.close(event);
    return undefined;
  }
  // It ends with the engine, and keeps no process alive.
  worker.unref();
  return new WorkerForwarding(worker, calls, shared, event);
}

class WorkerForwarding implements Forwarding {
  readonly #worker: Worker;
  readonly #calls: LinuxCalls;
  readonly #event: number;
  readonly #ring: Ring;
  readonly #counters: Float64Array;
  readonly #control: Float64Array;
  readonly #said: Int32Array;
  readonly #taken: (Taken | undefined)[] = [];
  readonly ended: Promise<Error | null>;
  #isDraining = false;
  #isOver = false;
  #closing: Promise<void> | undefined;

  constructor(worker: Worker, calls: LinuxCalls, shared: SharedMemory, event: number) {
    this.#worker = worker;
    this.#calls = calls;
    this.#event = event;
    this.#ring = new Ring(shared.ring);
    this.#counters = new Float64Array(shared.counters);
    this.#control = new Float64Array(shared.control);
    this.#said = new Int32Array(shared.said);
    worker.on('message', (message: FromForwarder) => {
      if (message.did === 'wake') this.#drain();
      else if (message.did === 'gave') this.#gave(message.socket);
    });
    this.ended = new Promise((resolve) => {
      let reason: Error | null = null;
      worker.on('error', (error) => {
        reason = error instanceof Error ? error : new Error(String(error));
      });
      worker.once('exit', () => {
        this.#over();
        resolve(reason);
      });
    });
  }

  setTotal(kbitPerS: number): void {
    this.#control[TOTAL_KBIT_PER_S] = kbitPerS;
    this.#control[TOTAL_UNTIL_MS] = performance.now() + FORWARDS_ALONE_MS;
  }

  route(wish: RouteWish): RouteCounters | undefined {
    if (this.#isOver || this.#closing) return undefined;
    const channel = wish.channel - FIRST_CHANNEL;
    const from = writeSockaddr(wish.from.address, wish.from.port);
    const to = writeSockaddr(wish.to.address, wish.to.port);
    const fromSocket = this.#take(wish.from.socket);
    const toSocket = this.#take(wish.to.socket);
    if (!from || !to || fromSocket === undefined || toSocket === undefined) return undefined;
    const counters = new ChannelCounters(this.#counters, channel);
    const { bridge, kbitPerS } = wish;
    this.#say({
      do: 'route',
      route: { channel, bridge, fromSocket, from, toSocket, to, toChannel: wish.to.channel, kbitPerS },
    });
    return counters;
  }

  unroute(channel: number): void {
    if (!this.#isOver) this.#say({ do: 'unroute', channel: channel - FIRST_CHANNEL });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#isOver) this.#say({ do: 'end' });
    const timer = setTimeout(() => void this.#worker.terminate(), WORKER_LIMIT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #take(socket: DatagramSocket): number | undefined {
    const known = this.#taken.findIndex((taken) => taken?.socket === socket);
    if (known >= 0) return known;
    if (!isMovable(socket)) return undefined;
    const own = descriptorOf(socket.family, socket.port);
    const fd = own === undefined ? -1 : this.#calls.duplicate(own);
    if (fd < 0) return undefined;
    const free = this.#taken.indexOf(undefined);
    const number = free < 0 ? this.#taken.length : free;
    this.#taken[number] = { socket, fd };
    socket.move(this.#elsewhere(number, fd));
    this.#say({ do: 'take', socket: number, fd });
    return number;
  }

  /** How a socket sends that is read by the forwarder: by the same system calls, from this thread. */
  #elsewhere(number: number, fd: number): Elsewhere {
    const calls = this.#calls;
    let to: { address: string; port: number; sockaddr: Uint8Array; length: number } | undefined;
    return {
      send: (bytes, offset, length, port, address) => {
        if (to?.port !== port || to.address !== address) {
          const sockaddr = writeSockaddr(address, port);
          if (!sockaddr) return new Error(`${address} is no address`);
          to = { address, port, sockaddr, length: lengthOf(sockaddr) };
        }
        // Small arrays are moved by the collector: their address is asked for with each call.
        const result = calls.sendTo(
          fd,
          calls.addressOf(bytes) + offset,
          length,
          calls.addressOf(to.sockaddr),
          to.length,
        );
        return result < 0 ? new Error(`the system would not send (error ${-result})`) : null;
      },
      close: () => {
        if (this.#isOver) this.#gave(number);
        else this.#say({ do: 'give', socket: number });
      },
    };
  }

  /** Nobody reads it any more, and its owner has closed it. */
  #gave(number: number): void {
    const taken = this.#taken[number];
    this.#taken[number] = undefined;
    if (taken) this.#calls.close(taken.fd);
  }

  /** The thread has ended, wanted or not: Node reads the sockets again, from the next datagram on. */
  #over(): void {
    this.#isOver = true;
    this.#drainAll();
    for (const taken of this.#taken.splice(0)) if (taken) taken.socket.comeBack(taken.fd);
    this.#calls.close(this.#event);
  }

  #say(message: ToForwarder): void {
    this.#worker.postMessage(message);
    Atomics.store(this.#said, 0, 1);
    this.#calls.signal(this.#event);
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#ring.heard();
    for (let count = 0; count < DRAIN_AT_ONCE; count++) if (!this.#deliverNext()) break;
    this.#isDraining = false;
    // A flood has to let others have their turn.
    if (this.#ring.waiting > 0) setImmediate(() => this.#drain());
  }

  #drainAll(): void {
    while (this.#deliverNext());
  }

  #deliverNext(): boolean {
    const next = this.#ring.read();
    if (!next) return false;
    const { address, port } = readSockaddr(next.sockaddr);
    this.#taken[next.socket]?.socket.deliver(next.datagram, address, port);
    return true;
  }
}

/** What a route has done since it was set. Counters of the channel go on from those of the route before. */
class ChannelCounters implements RouteCounters {
  readonly #counters: Float64Array;
  readonly #at: number;
  readonly #before: readonly [number, number, number];

  constructor(counters: Float64Array, channel: number) {
    this.#counters = counters;
    this.#at = channel * COUNTERS;
    this.#before = [this.#read(BYTES), this.#read(PACKETS), this.#read(DROPPED)];
    if (channel < 0 || channel >= CHANNELS) throw new RangeError(`${channel + FIRST_CHANNEL} is no channel`);
  }

  get bytes(): number {
    return this.#read(BYTES) - this.#before[0];
  }

  get packets(): number {
    return this.#read(PACKETS) - this.#before[1];
  }

  get dropped(): number {
    return this.#read(DROPPED) - this.#before[2];
  }

  get heardAtMs(): number {
    return this.#read(HEARD_AT);
  }

  #read(counter: number): number {
    return this.#counters[this.#at + counter] ?? 0;
  }
}

function isMovable(socket: DatagramSocket): socket is MovableSocket {
  return 'move' in socket && 'comeBack' in socket;
}

/** Beside this file from source; in a build it has a name of its own, at its root. */
function workerFile(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('./worker.ts', import.meta.url);
  const beside = new URL('./forwarder.js', import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL('../forwarder.js', import.meta.url);
}
