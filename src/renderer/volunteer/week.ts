/** The weekly windows of a schedule, between what is kept and what is edited and drawn. */
import type { WeeklyWindow } from '../../shared/volunteer.ts';

/** Days as people see a week: Monday first. 0 is Sunday. */
export const WEEK = [1, 2, 3, 4, 5, 6, 0] as const;
export const MINUTES_OF_DAY = 1_440;

/** A window while it is edited: a time field that is half filled in holds nothing. */
export interface EditedWindow {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

/** When the rule is switched on: nights, which is when most lines lie idle. */
export const FIRST_WINDOW: WeeklyWindow = {
  days: [0, 1, 2, 3, 4, 5, 6],
  fromMinute: 22 * 60,
  toMinute: 8 * 60,
};

/** `07:05`, as time fields have it. The end of a day is the midnight that the next one begins with. */
export function timeOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const ofDay = minute % MINUTES_OF_DAY;
  return `${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}`;
}

export function minuteOf(time: string): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(time) ?? [];
  return hours === undefined || minutes === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

export function edited({ days, fromMinute, toMinute }: WeeklyWindow): EditedWindow {
  return { days, from: timeOf(fromMinute), to: timeOf(toMinute) };
}

/** Undefined while a day or a time is missing. */
export function windowOf({ days, from, to }: EditedWindow): WeeklyWindow | undefined {
  const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
  if (days.length === 0 || fromMinute === undefined || toMinute === undefined) return undefined;
  return { days: [...days].sort((one, other) => one - other), fromMinute, toMinute };
}

export function endsNextDay({ from, to }: EditedWindow): boolean {
  const [fromMinute, toMinute] = [minuteOf(from), minuteOf(to)];
  // What ends at midnight is over with its day, for anybody who looks at a clock.
  return fromMinute !== undefined && toMinute !== undefined && toMinute !== 0 && toMinute <= fromMinute;
}

export interface Stretch {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** What of one day the windows cover; overlaps stay as they are. */
export function stretchesOf(day: number, windows: readonly WeeklyWindow[]): Stretch[] {
  const dayBefore = (day + 6) % 7;
  return windows.flatMap(({ days, fromMinute, toMinute }) => {
    const isOvernight = toMinute <= fromMinute;
    const stretches: Stretch[] = [];
    if (days.includes(day)) {
      stretches.push({ fromMinute, toMinute: isOvernight ? MINUTES_OF_DAY : toMinute });
    }
    if (isOvernight && toMinute > 0 && days.includes(dayBefore)) {
      stretches.push({ fromMinute: 0, toMinute });
    }
    return stretches;
  });
}
