/** Times of the week as a person writes them: `mon-fri 22:00-06:00`, `sat,sun 08:00-24:00`, `22:00-06:00` for every day. */
import type { WeeklyWindow } from '../../shared/volunteer.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const WINDOW = /^(?:([a-z,\s-]+?)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/;
const DAY_MINUTES = 1_440;

/** @returns undefined for what is no such text */
export function parseWindow(text: string): WeeklyWindow | undefined {
  const parts = WINDOW.exec(text.trim().toLowerCase());
  if (!parts) return undefined;
  const [, dayNames, fromHour, fromMinutes, toHour, toMinutes] = parts;
  const days = dayNames === undefined ? EVERY_DAY : parseDays(dayNames);
  const fromMinute = minuteOfDay(fromHour, fromMinutes);
  const toMinute = minuteOfDay(toHour, toMinutes);
  if (days === undefined || fromMinute === undefined || toMinute === undefined) return undefined;
  if (fromMinute === DAY_MINUTES) return undefined;
  return { days, fromMinute, toMinute };
}

/** `mon-fri`, `sat,sun`, `fri-mon,wed`; sorted, each once. */
function parseDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const range of text.split(',')) {
    const [first, last = first, ...rest] = range.split('-').map((name) => dayNumber(name.trim()));
    if (first === undefined || last === undefined || rest.length > 0) return undefined;
    for (let day = first; ; day = (day + 1) % DAYS.length) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days].sort((one, other) => one - other);
}

/** By the first three letters, so that `Monday` will do. */
function dayNumber(name: string): number | undefined {
  const isDay = /^(sun|mon|tues?|wednes|thurs?|fri|satur)(day)?$/.test(name) || /^[a-z]{3}$/.test(name);
  const day = DAYS.findIndex((known) => name.startsWith(known));
  return isDay && day >= 0 ? day : undefined;
}

function minuteOfDay(hours: string | undefined, minutes: string | undefined): number | undefined {
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && minute <= DAY_MINUTES ? minute : undefined;
}
