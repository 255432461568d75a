/** Limits of what is kept on disk, each with its unit and its reason. */

/** Newest calls kept. A year of a busy caller; the file stays well under a megabyte and is written once a call. */
export const MAX_RECENT_CALLS = 500;
/** Requests kept. Strangers cause them, so they end somewhere; far above what anybody leaves unanswered. */
export const MAX_REQUESTS = 200;

/** The form of the files. A file with a larger number was written by a version that knows better: it is left alone. */
export const FORMAT = 1;

/** Owner alone may read and write. On Windows the profile folder's own rights do this. */
export const FILE_MODE = 0o600;
/** Owner alone may look inside. */
export const DIRECTORY_MODE = 0o700;

/** On Windows a virus scanner or indexer may hold a file open for a moment, and renaming over it fails meanwhile. */
export const RENAME_ATTEMPTS = 20;
/** ms between those attempts. */
export const RENAME_PAUSE_MS = 25;

/** Where the process table cannot tell when a process began: two boot times further apart than this are two boots, ms. */
export const SAME_BOOT_MS = 5 * 60_000;
