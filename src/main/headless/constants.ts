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

/** Time everything gets to end after a signal, ms, moving the guests included; then the process ends anyway. */
export const STOP_LIMIT_MS = 5_000;

/** Largest configuration file, bytes: every option at its longest takes a tenth of that. */
export const MAX_CONFIGURATION_BYTES = 65_536;

/** Longest request over the control socket, bytes: one short line. */
export const MAX_CONTROL_REQUEST_BYTES = 1_024;
/** Longest reply, bytes: a status with 1,000 bridges is about 100 KiB. */
export const MAX_CONTROL_REPLY_BYTES = 262_144;
/** Connections to the control socket at once. */
export const MAX_CONTROL_CONNECTIONS = 8;
/** Time a request has to arrive whole, and the answer to a status to come, ms. */
export const CONTROL_LIMIT_MS = 5_000;
/** How long `drain` waits for the end, ms: `STOP_LIMIT_MS` and some time for a slow machine. */
export const DRAIN_WAIT_MS = 2 * STOP_LIMIT_MS;
/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the zero at the end included. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** Connections to the port of the metrics at once: a few scrapers. */
export const MAX_METRICS_CONNECTIONS = 16;

/** A server that is not reached for so long is worth a line, ms: a reconnect rarely takes more. */
export const SERVER_LATE_MS = 10_000;
/** By then a machine has told what it can, ms: PowerShell has 15 s for it. */
export const MACHINE_TOLD_MS = 20_000;
/** Clocks that differ by more than that are worth a line, ms: tickets are good for some minutes. */
export const CLOCK_OFF_MS = 120_000;

/** A signal again within this time is the first one by another road, ms: nobody presses Ctrl+C twice so fast. */
export const SAME_SIGNAL_MS = 300;

/** Exit codes: 1 something stood in the way, 2 was called wrongly. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
