/** Numbers of volunteering: unit, reason, source. */

/** Windows come again every week; one day more, so that the change of hours hides none. Days. */
export const SCHEDULE_DAYS_AHEAD = 8;

/** How often what was carried is counted and the rules are looked at while anybody is here, ms. */
export const TICK_MS = 1_000;
/** The same while nobody is: clocks that were set are noticed so soon, and idle time that is over. */
export const IDLE_TICK_MS = 5_000;

/**
 * What may be used until the next count is on disk before it is used, so that a kill forgets nothing: three times the pause between two counts,
 * at the highest rate, and a burst (`BURST_MS`). A program whose timers come later than that and that is killed just then forgets the rest. Ms.
 */
export const AHEAD_MS = 3 * TICK_MS + 250;
/** Beyond that so much of the rate of late is set aside, so that the disk is written about once a minute, ms. */
export const WRITE_MS = 60_000;
/**
 * With less than so many ms left of the allowance, at the rate that is allowed, guests are sent on: they have 2 s to move
 * (`LEAVE_LIMIT_MS`), the count may be a second late, and a burst is a quarter of one.
 */
export const ALLOWANCE_END_MS = 5_000;
/** No more than this part of an allowance is left unused for it: with 1 GB and a gigabit line it would be more than all. */
export const ALLOWANCE_END_PART = 0.05;
/** Bytes of an allowance are counted by the GB of those who sell them. */
export const GB = 1e9;
/** Each byte that is passed on came in and went out. */
export const WAYS = 2;

/** Days that are shown. */
export const DAYS_SHOWN = 62;
/** Days that are kept: a clock that was a year ahead for a while does not push out those that are shown. 30 bytes each. */
export const MAX_DAYS = 400;
/** Months that are kept: a century. More can only come from a clock that runs wild, and then the next one counts as used up. */
export const MAX_MONTHS = 1_200;

/** The nearest STUN server is asked so often while calls are carried, ms: 28 bytes of UDP and IP, 28 of STUN, one way. */
export const SAMPLE_MS = 1_000;
/**
 * Delay in queues that is too much, ms. RFC 6817 §2.5 allows no more than 100, for a flow of its own kind to yield; who plays or calls feels less
 * than that. Wi-Fi alone trembles by 10 to 30.
 */
export const QUEUEING_TARGET_MS = 40;
/** RFC 6817 §2.4.2's filter of current delays: the lowest of so many, so that one late packet means nothing. */
export const CURRENT_SAMPLES = 2;
/** RFC 6817 §2.5, BASE_HISTORY: the lowest delay of each of so many minutes is remembered; the lowest of those is the way without queues. */
export const BASE_MINUTES = 10;
/** RFC 6817 §2.4.2 keeps one minimum a minute, ms. */
export const BASE_MINUTE_MS = 60_000;
/**
 * What is left of the share when queues are too long, at most once in `CURRENT_SAMPLES`: RFC 9438 §4.6 takes 0.7, too. From the whole line to
 * a tenth in 7 steps, 14 s.
 */
export const YIELD_FACTOR = 0.7;
/** What is added to the share with every sample otherwise: from a half to all of it in 50 s, so that the line is not filled again and again. */
export const GROWTH = 0.01;
/** One call with sound alone, both ways, kbit/s: below that nothing would be left to step back from. The least that caps can be set to, too. */
export const LEAST_KBIT_PER_S = 100;
/** With less of its share than this the line is wanted for something else: new guests would fare badly. */
export const ADMITTING_SHARE = 0.5;
/** So many questions in a row without an answer mean that the server is gone, not that the line is full; others are asked. */
export const LOST_SAMPLES = 5;
/**
 * Of the caps, while the user is in a call. With the caps as they are at first 5 of 10 Mbit/s are left: the 4 that Byway allows a call, and one
 * for what else there is. Whether that is enough for the line the round trips tell.
 */
export const OWN_CALL_SHARE = 0.5;
/** CPU and memory are measured over at least this, ms. */
export const COST_MS = 2_000;
/** `VolunteerPause` allows no more, ms. */
export const LONGEST_PAUSE_MS = 1_440 * 60_000;
