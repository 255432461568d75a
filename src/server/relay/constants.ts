/** Numbers of the public relay: unit, and why this much. */

/** Where WebSocket legs come in: the path on the server's own TCP port. */
export const RELAY_PATH = '/relay';
/** Longest message of a WebSocket leg, bytes: a frame of a path (4 + 1,400) in one of a leg (4). */
export const MAX_LEG_MESSAGE_BYTES = 1_408;
/**
 * Bytes that may wait in the send buffer of a WebSocket leg, after which datagrams are dropped as a full queue anywhere drops
 * them: a quarter of a second of 4 Mbit/s. More would only be delay.
 */
export const MAX_WAITING_BYTES = 128 * 1024;
/** A WebSocket on which no leg is for this long is closed, ms: it has joined none, or its bridge was forgotten. */
export const UNUSED_LIMIT_MS = 10_000;
/** Kernel buffers of the relay's sockets, bytes: a tenth of a second of 100 Mbit/s. */
export const SOCKET_BUFFER_BYTES = 1 << 20;
