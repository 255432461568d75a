/** Numbers of the audit of carriers: unit and reason. */

/** How often who sends over a node says what it sent, ms: ten packets of audio, and 5 checks of 0.15 kB a second beside 50 packets. */
export const TALLY_PERIOD_MS = 200;
/** Datagrams listed in one tally: 640 a second are all of 5 Mbit/s. Of more, the count alone is told. */
export const MAX_LISTED = 128;
/** A tally: its number and the count of datagrams, 4 bytes each; 2 bytes for each datagram listed. */
export const TALLY_HEADER_BYTES = 8;
export const MARK_BYTES = 2;
/** What was listed may come this much later than the list, ms: as jitter may have it. Beyond it, it is as good as lost. */
export const GRACE_MS = 300;
/** Received datagrams remembered: those of 1.6 s at 640 a second, and the lists that may claim them take half a second. */
export const REMEMBERED = 1_024;
/** Lists that wait for their grace at once: two at the usual pace. */
export const MAX_WAITING_TALLIES = 8;
/**
 * The score of a node is a sequential test (Page's CUSUM) between 10 % of datagrams gone wrong, which networks do by themselves, and 40 %.
 * Each that went wrong adds ln(0.4 / 0.1), each that came as it should takes ln(0.9 / 0.6) away, and it never falls below 0.
 */
export const WRONG_SCORE = Math.log(0.4 / 0.1);
export const RIGHT_SCORE = Math.log(0.9 / 0.6);
/**
 * At this score the node is left. With 10 % lost by chance that comes once in e^14 = 1.2 million datagrams, 6 hours of audio. When all is
 * lost it takes 11 datagrams, at 50 % 29, at 30 % 106: 0.2, 0.6 and 2.1 s of audio, 0.5 s for the list and its grace not counted.
 */
export const CONDEMNING_SCORE = 14;
/** A datagram is out of order when one that was sent later, and this many places behind, came before it: 60 ms of audio. */
export const OVERTAKEN_PLACES = 3;
/** Round trips looked at together: of five the third is told, so that two strays do not count. One second. */
export const ROUND_TRIPS = 5;
/**
 * A node is too slow when an answer takes this much longer than the quickest over it did, ms, and what stands by is quicker by half of
 * that at least: where our own line is full, everything is slow.
 */
export const SLOW_MS = 400;
/**
 * Tallies sent since the last answer: a node that lets checks pass and holds these back hides something. With 10 % lost each way 19 % of
 * them stay without one: 9 in a row, one of which may be under way, once in 700,000, 40 hours. They take 1.8 s.
 */
export const MAX_UNANSWERED_TALLIES = 9;
/** A tally is sent once: one that is lost makes a gap, and a copy that came late would name what nobody looks for any more. Then it is waited for, ms. */
export const TALLY_PAUSES_MS: readonly number[] = [1_500];
