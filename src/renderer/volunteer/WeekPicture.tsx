import { useTranslation } from 'react-i18next';
import type { WeeklyWindow } from '../../shared/volunteer.ts';
import { useNow } from '../ui/use-now.ts';
import { dayName } from './day-name.ts';
import { MINUTES_OF_DAY, stretchesOf, WEEK } from './week.ts';

const HOURS = [0, 6, 12, 18, 24] as const;
const percent = (minutes: number) => `${(100 * minutes) / MINUTES_OF_DAY}%`;

/** The week at a glance, with this moment in it. Decoration: the fields beside it say the same in words. */
export function WeekPicture({ windows }: { windows: readonly WeeklyWindow[] }) {
  const { i18n } = useTranslation();
  const now = new Date(useNow(60_000));
  const minute = now.getHours() * 60 + now.getMinutes();
  return (
    <div
      className="grid grid-cols-[2.5rem_1fr] items-center gap-y-1 text-xs text-ink-faint"
      aria-hidden="true"
    >
      {WEEK.map((day) => (
        <div key={day} className="contents">
          <span>{dayName(day, i18n.language, 'short')}</span>
          <span className="relative h-3 rounded bg-sunken">
            {stretchesOf(day, windows).map(({ fromMinute, toMinute }) => (
              <span
                key={`${fromMinute} ${toMinute}`}
                className="absolute inset-y-0 rounded-xs bg-accent"
                style={{ left: percent(fromMinute), width: percent(toMinute - fromMinute) }}
              />
            ))}
            {day === now.getDay() && (
              <span
                className="absolute -inset-y-0.5 w-1 -translate-x-1/2 rounded-full bg-warn ring-2 ring-surface"
                style={{ left: percent(minute) }}
              />
            )}
          </span>
        </div>
      ))}
      <span />
      <span className="flex justify-between tabular-nums">
        {HOURS.map((hour) => (
          <span key={hour}>{hour}</span>
        ))}
      </span>
    </div>
  );
}
