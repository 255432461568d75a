/** How long to wait for the desktop's message port before asking again, ms: its preload answers within a few. */
export const PORT_PATIENCE_MS = 2_000;
/** First wait before reaching for the engine again, ms: a restart of the engine takes about this long. */
export const RECONNECT_FIRST_MS = 250;
/** Longest wait between two attempts, ms: a person who looks at the banner should not wait longer. */
export const RECONNECT_LONGEST_MS = 4_000;
/** Wait before a broken watch is started again on a line that still stands, ms. */
export const WATCH_AGAIN_MS = 1_000;
/** Below this width, in CSS pixels, list and detail do not fit side by side. */
export const NARROW_WIDTH_PX = 720;
/**
 * The bell starts this long after the call, ms. Starting a browser's sound takes a process of its own some 35 ms, which the two
 * ends need more in the moment when they connect; nobody hears the difference.
 */
export const RING_AFTER_MS = 300;
