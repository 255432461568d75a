/** Numbers of the ladder: unit, and why this much. */

/**
 * A direct path has this long before nodes are joined, ms: 0.53 s is the median of a direct call from the offer to its first frame, and
 * the check that opens it comes in the first half of that.
 */
export const NODE_DELAY_MS = 300;
/** Between the starts of two nodes, ms: the patent's "one after another" without waiting each failure out. */
export const NODE_STAGGER_MS = 250;
/** A relay costs somebody money: it is joined after this when nothing better has opened, ms. */
export const RELAY_DELAY_MS = 800;
/** Carriers asked for at once: two nodes that may both fail, one that works, and the relay. */
export const CARRIERS_WANTED = 4;
/** A UDP leg that was not joined after this is tried over a WebSocket, ms: two round trips of 200 ms and a lost datagram. */
export const WEB_SOCKET_DELAY_MS = 600;
/** After a question without a useful answer, or when all carriers failed, the next one is asked after this, ms. */
export const ASK_AGAIN_MS = 3_000;
/** Carriers that failed in a call are not asked for again in it; more than these are forgotten, the oldest first. */
export const MAX_FAILED_CARRIERS = 32;
/** A path silent for this long wants other carriers, ms. */
export const SILENT_BEFORE_CARRIERS_MS = 500;
