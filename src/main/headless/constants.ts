/** Numbers of the headless host. */

/** Random bytes in a one-time token and in a session's cookie: 256 bits, beyond guessing. */
export const SECRET_BYTES = 32;

/** A token that nobody used is worthless after this, ms: it may lie in a shell's history or a log. */
export const TOKEN_LIFETIME_MS = 24 * 3_600_000;

/** Tokens that were shown and not used yet; the oldest goes first. */
export const MAX_TOKENS = 8;

/** Pages that were let in. Each browser that used a token holds one; the oldest goes first. */
export const MAX_SESSIONS = 32;

/** Largest message a page may send, bytes: a session description is at most 16 KiB, and JSON may double that. */
export const MAX_MESSAGE_BYTES = 65_536;

/** Largest body of `POST /session`, bytes: one token in JSON. */
export const MAX_BODY_BYTES = 1_024;

/** Pages connected at once. */
export const MAX_PAGES = 16;

/** A page that has not answered a ping for this long is gone, ms. */
export const PAGE_PING_MS = 30_000;

/** Time a request has to arrive whole, ms. */
export const REQUEST_LIMIT_MS = 10_000;

/** Time everything gets to end after a signal, ms; then the process ends anyway. */
export const STOP_LIMIT_MS = 5_000;

/** Exit codes: 1 could not start, 2 was called wrongly. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
