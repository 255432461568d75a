/** Numbers of the node directory: unit, and why this much. */

/** How long a ticket is good for, ms: both sides ask at once; a standby may be wanted minutes later with a new one. */
export const TICKET_LIFE_MS = 2 * 60_000;

/** Nodes that one user may offer: a few machines. */
export const NODES_PER_USER = 4;
/** Most landmarks that count, the server's own STUN among them: what clients are told of holds 16. */
export const MAX_LANDMARKS = 17;

/** After each sending of a probe, ms: three losses in a row are a line that is no use. The last is how long the answer has. */
export const PROBE_PAUSES_MS: readonly number[] = [500, 500, 1_000];
/** A node is probed again this long after the last time, ms: mappings change when a router restarts, and nobody says so. */
export const PROBE_AGAIN_MS = 10 * 60_000;
/** A probe that was put off because of the limits below is tried again after this, ms. */
export const PROBE_LATER_MS = 5_000;
/** Probings of one user's nodes, and of one address whoever names it: a second, and the most saved up. */
export const PROBES_PER_SECOND = 0.2;
export const PROBE_BURST = 8;
/** Random bytes of a probe (RFC 8489 §5). */
export const PROBE_ID_BYTES = 12;

/** How fast one user may ask for carriers: questions a second, and the most saved up. A ladder asks every 3 s at most. */
export const QUESTIONS_PER_SECOND = 1;
export const QUESTION_BURST = 20;
/** Guests' addresses that the server cannot vouch for, passed on for one user: a second, and the most saved up. */
export const UNVOUCHED_PER_SECOND = 0.3;
export const UNVOUCHED_BURST = 20;

/** Tickets whose reports are awaited; each about 150 bytes, the oldest forgotten first. */
export const GRANT_MEMORY = 65_536;
/** What is known against nodes is halved every so often, ms. */
export const REPUTATION_HALF_LIFE_MS = 15 * 60_000;
/** Places of nodes whose reputation is kept, so that a node that comes back, under whatever name, finds it again. */
export const REPUTATION_MEMORY = 16_384;
/** Weight of good news that every node starts with: one bad report says little. */
export const REPUTATION_PRIOR = 4;
/**
 * What the worst reputation costs a node in the ranking, ms: it goes behind all that are sensible, and serves where there is no
 * other. A gang of reporters can do no more than that.
 */
export const MAX_DEMOTION_MS = 300;
/** A leg that takes this much longer than the whole call was estimated to counts as slow, ms. */
export const SLOW_SLACK_MS = 150;

/** An end, or a node, whose distance nobody knows is taken to be this far from everything, ms: half way round the world. */
export const UNKNOWN_RTT_MS = 150;
/** No line is shorter than this, ms: what claims to be is not believed. */
export const SHORTEST_RTT_MS = 0.5;
/**
 * Part of the lower bound in the estimate of a distance; the rest is the upper bound. With few landmarks the upper one alone takes
 * two machines at the same far city for twice that far apart; tuned in `npm run bench -- directory`.
 */
export const LOWER_BOUND_PART = 0.35;
/** What a node behind a filter costs in the ranking, ms, by what it must know of the guest: a lost JOIN more often than others. */
export const FILTER_PENALTY_MS: readonly number[] = [0, 10, 20];
/** Nodes within this of the best one are as good as it, and share the calls: a part of the best, and ms. */
export const NEAR_EQUAL_PART = 0.1;
export const NEAR_EQUAL_MS = 10;
/** Bridges that were given out and are not yet in the node's own count are forgotten after this, ms: a ladder joins within seconds. */
export const RESERVATION_MS = 30_000;
/** Users whose last question's reservations can be given back, each some 100 bytes: far more than ask within `RESERVATION_MS`. */
export const RESERVATION_USERS = 16_384;
/**
 * Free bridges beyond these draw no more calls: what a node claims nobody can check, and one that claims a thousand would get nearly all
 * calls of its place. Most lines carry fewer.
 */
export const MAX_WEIGHT = 16;

/** Upper ends of the classes by distance from the nearest landmark, ms; one more class takes the rest. */
export const DISTANCE_CLASSES_MS: readonly number[] = [5, 10, 15, 20, 30, 40, 60, 90, 150];
/** Nodes looked at closely for a choice, and at most so many of one cell, taken by chance: a few hundred cost a tenth of a millisecond. */
export const CANDIDATES = 256;
export const CANDIDATES_PER_CELL = 48;
