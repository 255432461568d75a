/** The weekly windows in which a line is lent: whether now is in one, and when that changes. By the local clock, so a change of hours moves with it. */
import type { WeeklyWindow } from '../../../shared/volunteer.ts';
import { SCHEDULE_DAYS_AHEAD } from './constants.ts';

export interface ScheduleMoment {
  readonly inside: boolean;
  /** When that is no longer so, ms since 1970; absent where it never changes. */
  readonly untilMs?: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * A window that falls into the hour that is skipped in spring comes as much later; one that begins in the hour that comes twice in
 * autumn begins with the first.
 *
 * @param nowMs ms since 1970
 */
export function lookAtSchedule(windows: readonly WeeklyWindow[], nowMs: number): ScheduleMoment {
  const spans = joined(windows.flatMap((window) => spansOf(window, nowMs)));
  const present = spans.find(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
  if (present) {
    const isEndless = present.toMs > localMs(nowMs, SCHEDULE_DAYS_AHEAD, 0);
    return isEndless ? { inside: true } : { inside: true, untilMs: present.toMs };
  }
  const next = spans.find(({ fromMs }) => fromMs > nowMs);
  return next ? { inside: false, untilMs: next.fromMs } : { inside: false };
}

/** From the day before yesterday, whose window may last until today, to a day after the same weekday comes again. */
function spansOf({ days, fromMinute, toMinute }: WeeklyWindow, nowMs: number): Span[] {
  const spans: Span[] = [];
  const endsNextDay = toMinute <= fromMinute ? 1 : 0;
  for (let offset = -2; offset <= SCHEDULE_DAYS_AHEAD + 1; offset++) {
    if (!days.includes(weekdayOf(nowMs, offset))) continue;
    const fromMs = localMs(nowMs, offset, fromMinute);
    const toMs = localMs(nowMs, offset + endsNextDay, toMinute);
    if (toMs > fromMs) spans.push({ fromMs, toMs });
  }
  return spans;
}

/** Windows that overlap or touch are one. In order of time. */
function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1);
    if (last && span.fromMs <= last.toMs) {
      result[result.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
    } else {
      result.push(span);
    }
  }
  return result;
}

/** `minute` of the local day that is `offset` days after the one of `nowMs`. */
function localMs(nowMs: number, offset: number, minute: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset, 0, minute).getTime();
}

/** Noon, because a day may begin at one o'clock. */
function weekdayOf(nowMs: number, offset: number): number {
  return new Date(localMs(nowMs, offset, 12 * 60)).getDay();
}
