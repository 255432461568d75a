/** When to try again: exponential back-off with full jitter, so that a server that comes back is not met by everybody at once. */
import type { Random } from '../outside/index.ts';
import { BACKOFF_FIRST_MS, BACKOFF_LONGEST_MS, BACKOFF_SHORTEST_MS, REFUSED_RETRY_MS } from './constants.ts';

/** ms until the next attempt, after so many failures in a row (0 for the first). */
export function backOffMs(failures: number, random: Random): number {
  const ceiling = Math.min(BACKOFF_LONGEST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 30));
  return Math.round(Math.max(BACKOFF_SHORTEST_MS, chance(random) * ceiling));
}

/** ms until a server that refused us is tried again: half the time to all of it. */
export function refusedRetryMs(random: Random): number {
  return Math.round(REFUSED_RETRY_MS * (0.5 + chance(random) / 2));
}

/** Evenly between 0 and 1. */
function chance(random: Random): number {
  return random.bytes(4).readUInt32BE() / 0xffffffff;
}
