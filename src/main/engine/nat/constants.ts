/** Numbers of NAT behaviour discovery: how often is asked, how long is waited, what is bounded against those who lie. */

/**
 * Pauses after each sending of a question to a server that answered before, ms: 250 + 500 + 1,000 = 1.75 s and 3 sendings. At 10 %
 * loss each way 1 exchange in 5 is lost, 3 in a row 1 time in 146 ((1 - 0.9 x 0.9)^3).
 */
export const QUESTION_PAUSES_MS: readonly number[] = [250, 500, 1_000];
/** Pauses of a sample that a call waits for, ms: 150 + 300 + 550 = 1 s, three usual round trips of 50 ms for each sending. */
export const SAMPLE_PAUSES_MS: readonly number[] = [150, 300, 550];
/** After such a sample nothing is studied in the background for this long, ms: what a call needs to find its path, and a second try. */
export const QUIET_AFTER_SAMPLE_MS = 15_000;
/** Pauses of what goes through our own NAT and back, ms: no round trip is shorter. 3 sendings in 750 ms. */
export const HAIRPIN_PAUSES_MS: readonly number[] = [150, 200, 400];

/** A run waits this long after the first answer for a server with RFC 5780, ms: two answers of an ocean apart. */
export const SERVER_WAIT_MS = 300;
/**
 * Longest run of one family, ms; what is not known then stays untold. Three servers whose other address is silent at 1.75 s each, the
 * proof that the last one answers from there (1.75), the hairpin (0.75): 7.75 s.
 */
export const RUN_LIMIT_MS = 8_000;
/** Least time between the beginnings of two runs of one family, ms, however often the network is said to change. */
export const RUN_PAUSE_MS = 5_000;
/** Servers with RFC 5780 that are tried one after another, in one network, until one's other address answers. */
export const MAX_ALTERNATES_TRIED = 3;
/** Plain servers asked for a second sighting beside the nearest one. */
export const MAX_PLAIN_SIGHTINGS = 3;

/** New sockets of a run, each a new mapping. With the calls' own socket to a server's other addresses: up to seven samples, six steps. */
export const FRESH_SOCKETS = 4;
/** Fewest samples that tell a sequence from chance: two steps. */
export const MIN_ALLOCATION_SAMPLES = 3;
/** Largest step between two mappings that counts as one of a sequence, ports; what `PortAllocation` can say. */
export const MAX_STRIDE = 64;

/**
 * Most datagrams to an IP address that only a server named, until it answers: one run asks two of its ports 3 times each (6), or our
 * own public address 6 times for the hairpin. 8 of 28 bytes harm nobody.
 */
export const MAX_UNANSWERED_TO_NAMED = 8;
/** After this the count of an address begins anew, ms. */
export const NAMED_MEMORY_MS = 60_000;
/** Most such addresses in that time: 8 x 32 = 256 small datagrams a minute at the very worst, from a server that names ever new ones. */
export const MAX_NAMED_ADDRESSES = 32;

/** RFC 8445 §11: a mapping is refreshed this often while its life is not known, ms. RFC 4787 REQ-5 wants 2 minutes, some NATs give 30 s. */
export const DEFAULT_KEEP_ALIVE_MS = 15_000;
/** A mapping is refreshed after this share of the life it was seen to have: one refresh may be lost. */
export const LIFETIME_SHARE = 0.5;
/** Shortest and longest pause between refreshes, ms. The longest is half of the longest age that is tried. */
export const SHORTEST_KEEP_ALIVE_MS = 5_000;
export const LONGEST_KEEP_ALIVE_MS = 55_000;

/** The study of a mapping's life begins this long after a run, ms: a call placed early shall have the network for itself. */
export const LIFETIME_DELAY_MS = 30_000;
/**
 * First and longest age that is tried, ms. 20, 40, 80, 110: the NAT that RFC 4787 REQ-5 wants (2 minutes) is known after 250 s and four
 * mappings, and more is of no use to keep-alives.
 */
export const FIRST_AGE_MS = 20_000;
export const LONGEST_AGE_MS = 110_000;
/** Known well enough when what is open is less than this, ms, or than this share of the age seen alive. */
export const LIFETIME_PRECISION_MS = 5_000;
export const LIFETIME_PRECISION_SHARE = 0.25;
/** Most mappings made for it: one to see that the method works, and seven ages. */
export const MAX_LIFETIME_PROBES = 8;
/** How long a mapping is used before it is left alone, ms: longer than the 2 s after which Linux takes it for a stream. */
export const WARM_MS = 3_000;
