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
/** Carriers remembered as failed in a call; beyond it the oldest are forgotten. */
export const MAX_FAILED_CARRIERS = 32;
/** A relay that failed is not asked for again for this long, ms: twice as long each time, up to a minute. */
export const RELAY_PAUSE_MS = 3_000;
export const MAX_RELAY_PAUSE_MS = 60_000;
/** A path silent for this long wants other carriers, ms: where datagrams flowed, that is told sooner (`STRANDED_MS` of the path). */
export const SILENT_BEFORE_CARRIERS_MS = 500;
/** How often a ladder looks whether what stands is what is wanted, ms. */
export const REVIEW_MS = 1_000;
/** An answered call that has been carried without a break for this long gets a carrier to stand by, ms: most calls that fail do so sooner. */
export const STANDBY_DELAY_MS = 5_000;
/** After a search for one that stands by or carries better, the next comes after this, ms: as often as a direct path is tried again. */
export const SEEK_PERIOD_MS = 60_000;
/** A leg that brought no answer from the other side for this long is given up, ms: the other side has JOIN_PAUSES_MS to join, and some. */
export const UNANSWERED_LEG_MS = 10_000;
/** A leg in whose place another stands is taken away after this, ms: the other one has answered by then, or nothing will. */
export const REPLACED_LEG_MS = 5_000;
/** Carriers asked for to stand by or to carry better: the best node, and the relay. Only the first is joined. */
export const STANDBYS_WANTED = 2;
/**
 * Offers of the other side that are looked at in a row, and one more after each period, ms. An honest side sends CARRIERS_WANTED when a
 * call begins, and as many again after ASK_AGAIN_MS while none works; each costs us a tenth of a millisecond or two.
 */
export const OFFER_BURST = 24;
export const OFFER_PERIOD_MS = 1_000;
/** Tickets of a call that are known again: more than OFFER_PERIOD_MS lets through while a ticket is good, in any call that finds a path. */
export const MAX_REMEMBERED_TICKETS = 256;
/** Carriers of one call at once, joined or being joined: what the other side may make us trouble. */
export const MAX_ATTEMPTS = 8;
/** A TURN server is asked this much later than our own relay would be, ms: it costs a copy more, and its operator the line. */
export const TURN_STAGGER_MS = 400;
/** Rounds of TURN that the other side may begin in a call: each costs us a question and an allocation. An honest one needs a few. */
export const MAX_TURN_ROUNDS = 32;
