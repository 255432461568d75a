/** How often a mapping has to be refreshed, from what is known of its life. */
import {
  DEFAULT_KEEP_ALIVE_MS,
  LIFETIME_SHARE,
  LONGEST_KEEP_ALIVE_MS,
  SHORTEST_KEEP_ALIVE_MS,
} from './constants.ts';

/**
 * Pause between refreshes, ms.
 *
 * @param lifetimesMs what each family's mappings were seen to live, ms; undefined where that is not known
 */
export function keepAliveMs(lifetimesMs: readonly (number | undefined)[]): number {
  const wanted = lifetimesMs.map((lifetimeMs) =>
    lifetimeMs === undefined
      ? DEFAULT_KEEP_ALIVE_MS
      : Math.min(Math.max(lifetimeMs * LIFETIME_SHARE, SHORTEST_KEEP_ALIVE_MS), LONGEST_KEEP_ALIVE_MS),
  );
  return Math.min(...(wanted.length > 0 ? wanted : [DEFAULT_KEEP_ALIVE_MS]));
}
