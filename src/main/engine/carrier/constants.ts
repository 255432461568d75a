/** Numbers of the caller's way to a carrier: unit and reason. */

/**
 * Pauses after each sending of a JOIN, ms. Short at first: a node behind a filtering NAT has just been told to open it for us,
 * and that may take a moment longer than our first datagram. 100 + 200 + 400 + 800 + 1,000 = 2.5 s, then the next carrier's turn.
 */
export const JOIN_PAUSES_MS: readonly number[] = [100, 200, 400, 800, 1_000];
/** Most times a carrier may ask for another proof of one leg before it is given up: one cookie, and a few that went stale. */
export const MAX_PROOFS = 4;
/** Most legs of this engine at once: a call tries a few carriers, and there is one call. */
export const MAX_LEGS = 32;
/** Frames of all legs that are under way at once; beyond it a datagram is dropped. Half a second of a 5 Mbit/s call. */
export const MAX_LEG_FRAMES = 300;
