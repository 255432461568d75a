/** Bytes by day as they are plotted: every day up to today has its place, those without any too. */
import type { VolunteerState } from '../../shared/volunteer.ts';
import { FEWEST_DAYS } from './constants.ts';

export type Day = VolunteerState['days'][number];

const DAY_MS = 86_400_000;
/** Days are counted in UTC, where each is as long as the others. */
const numberOf = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const dayOf = (number: number) => new Date(number * DAY_MS).toISOString().slice(0, 10);

/**
 * @param today the local day, `2026-12-01`
 * @returns at least `FEWEST_DAYS`, the newest last
 */
export function everyDay(days: readonly Day[], today: string): Day[] {
  const bytes = new Map(days.map((day) => [day.day, day.bytes]));
  const known = days.map(({ day }) => numberOf(day));
  // The engine may be where it is tomorrow already.
  const last = Math.max(numberOf(today), ...known);
  const first = Math.min(last - FEWEST_DAYS + 1, ...known);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const day = dayOf(first + index);
    return { day, bytes: bytes.get(day) ?? 0 };
  });
}

/** @param now ms since 1970 */
export function localDay(now: number): string {
  const at = new Date(now);
  return dayOf(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / DAY_MS);
}
