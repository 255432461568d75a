/** A conversation is on the screen this long after the answer at the latest, ms: what a person takes for at once. */
export const CONVERSATION_LATEST_MS = 450;
/** The own picture comes this long after the call began, ms: painting it takes the processor from the first pictures on both sides. */
export const MIRROR_AFTER_MS = 1_000;
