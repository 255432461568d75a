/** Numbers of the public relay: unit, and why this much. */

/** Where WebSocket legs come in: the path on the server's own TCP port. */
export const RELAY_PATH = '/relay';
/** A WebSocket on which no leg is for this long is closed, ms: it has joined none, or its bridge was forgotten. */
export const UNUSED_LIMIT_MS = 10_000;
/** Kernel buffers of the relay's sockets, bytes: a tenth of a second of 100 Mbit/s. */
export const SOCKET_BUFFER_BYTES = 1 << 20;
