/** A conversation is on the screen this long after the answer at the latest, ms: what a person takes for at once. */
export const CONVERSATION_LATEST_MS = 450;
/** The own picture comes this long after the call began, ms, or with theirs: showing it takes the processor from connecting. */
export const MIRROR_AFTER_MS = 600;
