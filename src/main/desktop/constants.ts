/** Numbers and names of the desktop host. */

/**
 * The page's address. Nothing is ever asked of a network: every http and https request of the window is answered from the
 * app's own files, or refused. A scheme of our own would have to be registered before Electron is ready, which an ES
 * module cannot promise everywhere; `localhost` names never leave the machine (RFC 6761 §6.3).
 */
export const PAGE_HOST = 'byway.localhost';
export const PAGE_ORIGIN = `https://${PAGE_HOST}`;

/** The scheme of links that add a contact. */
export const LINK_SCHEME = 'byway';
/** Longest link that is passed on, characters; the contract takes no longer one. */
export const MAX_LINK_LENGTH = 512;

/** First size of the window, and the smallest it can be made, in pixels independent of the display's density. */
export const WINDOW_SIZE = { width: 1080, height: 720 };
export const SMALLEST_WINDOW = { width: 360, height: 520 };
/** The window's place is stored this long after it was last moved, ms: moving sends hundreds of events. */
export const BOUNDS_SETTLE_MS = 500;

/** Goodbyes may take this long at exit, ms; the engine's own limit is 1,000. */
export const STOP_LIMIT_MS = 4_000;

/** A page that crashed is loaded again at most this often in a minute. */
export const MAX_RELOADS = 3;
export const RELOAD_WINDOW_MS = 60_000;

/** How long the session bus may take to say whether there is a tray, ms. */
export const TRAY_ANSWER_LIMIT_MS = 1_500;

/** What the tray's pause lasts, minutes. */
export const TRAY_PAUSE_MINUTES = 60;
