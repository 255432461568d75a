/** Numbers of NAT behaviour discovery: how often is asked, how long is waited, what is bounded against those who lie. */

/** Pauses of a sample that a call waits for, ms: 150 + 300 + 550 = 1 s, three usual round trips of 50 ms for each sending. */
export const SAMPLE_PAUSES_MS: readonly number[] = [150, 300, 550];
