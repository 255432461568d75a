/** Numbers of the credentials for TURN servers: unit, and why this much. */

/** How long credentials are good for, s: an allocation is asked for at once; this forgives clocks that differ by some minutes. */
export const CREDENTIAL_LIFE_S = 600;
/** Random bytes of a username: it says nothing of whose it is. */
export const USERNAME_BYTES = 12;
/** How fast one user may ask: questions a second, and the most saved up. A call asks every 3 s at most. */
export const TURN_QUESTIONS_PER_SECOND = 0.5;
export const TURN_QUESTION_BURST = 10;
