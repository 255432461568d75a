/** Numbers of the report about the network. */

/** Longest wait for the page that answers in the server's place, ms: a sign-in page is near. */
export const PAGE_LIMIT_MS = 3_000;
/** A server that cannot be reached is looked for with a page request no oftener than this, ms: reconnecting has a back-off of its own. */
export const PAGE_PAUSE_MS = 15_000;
/** Most bytes of that page that are read: what our own server answers is under 100. */
export const MAX_PAGE_BYTES = 1_024;
