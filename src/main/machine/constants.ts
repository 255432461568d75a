/** Numbers of asking the machine: unit, reason. */

/**
 * What is older is read again when it is asked for, ms. Nobody plugs in a charger or changes networks more often than that, and what Linux and
 * macOS are asked for is a file or a small program.
 */
export const READ_EVERY_MS = 15_000;
/** The same on Windows, where it takes a PowerShell, which loads a whole runtime, ms. Its interfaces tell of a new network sooner. */
export const READ_EVERY_WINDOWS_MS = 30_000;
/** Other addresses mean another network, whose name and price the system learns a little later: so long it is read more often, ms. */
export const UNSETTLED_MS = 12_000;
/** And so often, ms. */
export const READ_UNSETTLED_MS = 3_000;
/** What was told holds on while so many readings in a row fail: one that came too late says nothing about the machine. */
export const MISSES_KEPT = 4;

/** A program that answers from memory, ms. */
export const ANSWER_LIMIT_MS = 3_000;
/** A PowerShell that is started the first time after a boot, ms. */
export const POWERSHELL_LIMIT_MS = 15_000;
/** NetworkManager tells of each access point it sees in 700 bytes: a thousand of them, and as much again. Bytes. */
export const MAX_ANSWER_BYTES = 1_500_000;

/** A name that somebody else gave their network; SSIDs have 32 bytes at most. Characters. */
export const MAX_NAME_LENGTH = 64;
/** Networks and interfaces that are looked at; more than a machine has. */
export const MAX_NETWORKS = 64;
/** Power supplies and wireless interfaces that are looked at. */
export const MAX_DEVICES = 32;
