/** What crosses between the engine's thread and the forwarder's, and the memory that both see. */
import { CHANNELS, RING_BYTES } from './constants.ts';
import { ringMemory } from './ring.ts';

/** Where a guest's frames come in, and where they go on. Addresses as `sockaddr.ts` writes them. */
export interface Route {
  /** The channel on which they come, less `FIRST_CHANNEL`. */
  readonly channel: number;
  /** Routes of one bridge share its part of what all bridges may send. */
  readonly bridge: number;
  /** Numbers of sockets, as `take` gave them. */
  readonly fromSocket: number;
  readonly from: Uint8Array;
  readonly toSocket: number;
  readonly to: Uint8Array;
  /** The channel they go out on, whole. */
  readonly toChannel: number;
  readonly kbitPerS: number;
}

export type ToForwarder =
  | { readonly do: 'take'; readonly socket: number; readonly fd: number }
  | { readonly do: 'give'; readonly socket: number }
  | { readonly do: 'route'; readonly route: Route }
  | { readonly do: 'unroute'; readonly channel: number }
  | { readonly do: 'end' };

/** `wake`: something lies in the ring. `gave`: a socket is not read any more. */
export type FromForwarder =
  | { readonly did: 'started' }
  | { readonly did: 'wake' }
  | { readonly did: 'gave'; readonly socket: number };

export interface ForwarderData {
  readonly shared: SharedMemory;
  /** What is polled for messages of the engine's thread. */
  readonly event: number;
  /** `performance.timeOrigin` of the engine's thread, ms: times are told by its clock. */
  readonly timeOrigin: number;
}

export interface SharedMemory {
  readonly ring: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
  /** One 32-bit number: 1 while the engine's thread has said something that was not listened to. */
  readonly said: SharedArrayBuffer;
}

export function newSharedMemory(): SharedMemory {
  return {
    ring: ringMemory(RING_BYTES),
    counters: new SharedArrayBuffer(CHANNELS * COUNTERS * 8),
    control: new SharedArrayBuffer(CONTROLS * 8),
    said: new SharedArrayBuffer(4),
  };
}

/**
 * Counters of a channel, 64-bit floats at `channel * COUNTERS`. The forwarder alone writes them. An aligned 64-bit access is whole on the
 * processors `linux.ts` knows.
 */
export const COUNTERS = 4;
export const BYTES = 0;
export const PACKETS = 1;
export const DROPPED = 2;
/** When the guest was last heard, ms of the engine's clock. */
export const HEARD_AT = 3;

export const CONTROLS = 3;
/** What all bridges may send, kbit/s; written by the engine's thread. */
export const TOTAL_KBIT_PER_S = 0;
/** Until when that holds, ms of the engine's clock: who counts what is sent must not be away for longer. */
export const TOTAL_UNTIL_MS = 2;
/** Datagrams for the engine's thread that were dropped because too many waited, or came from one source. */
export const UNHEARD = 1;
