import { Plus, Trash2 } from 'lucide-react';
import { ToggleGroup } from 'radix-ui';
import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { WeeklyWindow } from '../../shared/volunteer.ts';
import { Button } from '../ui/Button.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { dayName } from './day-name.ts';
import { useDraft } from './use-draft.ts';
import { WeekPicture } from './WeekPicture.tsx';
import { type EditedWindow, edited, endsNextDay, FIRST_WINDOW, WEEK, windowOf } from './week.ts';

/** As the schema of the rules bounds them. */
const MOST_WINDOWS = 28;

interface ScheduleEditorProps {
  readonly schedule: readonly WeeklyWindow[];
  keep(schedule: WeeklyWindow[]): Promise<boolean>;
}

/** Days and times of the week, as many windows as one likes. */
export function ScheduleEditor({ schedule, keep }: ScheduleEditorProps) {
  const { t } = useTranslation();
  const more = useRef<HTMLButtonElement>(null);
  const { shown, problem, edit, settle } = useDraft<readonly EditedWindow[], WeeklyWindow[]>({
    kept: schedule.map(edited),
    read(rows) {
      const windows = rows.map(windowOf).filter((window) => window !== undefined);
      return windows.length === rows.length ? { value: windows } : { problem: t('volunteer.problem.window') };
    },
    keep,
  });
  const change = (index: number, part: Partial<EditedWindow>) =>
    edit(shown.map((row, at) => (at === index ? { ...row, ...part } : row)));
  const add = () => {
    edit([...shown, edited(FIRST_WINDOW)]);
    settle();
  };
  const remove = (index: number) => {
    edit(shown.filter((_, at) => at !== index));
    settle();
    more.current?.focus();
  };
  return (
    <div className="flex flex-col gap-3" data-testid="volunteer-schedule-editor">
      <WeekPicture windows={shown.map(windowOf).filter((window) => window !== undefined)} />
      <ol className="flex flex-col gap-2">
        {shown.map((row, index) => (
          // A row keeps its focus when what is in it was kept: its place is its name.
          <WindowRow
            key={index}
            row={row}
            number={index + 1}
            removable={shown.length > 1}
            change={(part) => change(index, part)}
            settle={settle}
            remove={() => remove(index)}
          />
        ))}
      </ol>
      {problem !== undefined && (
        <p role="alert" className="text-xs text-danger-ink">
          {problem}
        </p>
      )}
      {shown.length < MOST_WINDOWS && (
        <Button
          size="small"
          className="self-start"
          ref={more}
          data-testid="volunteer-window-add"
          onClick={add}
        >
          <Plus size={16} aria-hidden="true" />
          {t('volunteer.schedule.add')}
        </Button>
      )}
    </div>
  );
}

interface WindowRowProps {
  readonly row: EditedWindow;
  readonly number: number;
  readonly removable: boolean;
  change(part: Partial<EditedWindow>): void;
  settle(): void;
  remove(): void;
}

function WindowRow({ row, number, removable, change, settle, remove }: WindowRowProps) {
  const { t, i18n } = useTranslation();
  return (
    <li>
      <fieldset
        className="flex flex-wrap items-center gap-x-4 gap-y-2.5 rounded-2xl bg-sunken p-3"
        data-testid="volunteer-window"
      >
        <legend className="sr-only">{t('volunteer.schedule.window', { number })}</legend>
        <ToggleGroup.Root
          type="multiple"
          aria-label={t('volunteer.schedule.days')}
          value={row.days.map(String)}
          onValueChange={(days) => {
            change({ days: days.map(Number) });
            settle();
          }}
          className="grid w-full grid-cols-7 gap-1 sm:w-auto"
        >
          {WEEK.map((day) => (
            <ToggleGroup.Item
              key={day}
              value={String(day)}
              data-testid={`volunteer-day-${day}`}
              className="h-8 min-w-0 rounded-lg sm:w-9 border border-line bg-raised text-xs font-medium text-ink-soft hover:border-line-strong data-[state=on]:border-transparent data-[state=on]:bg-accent data-[state=on]:text-on-accent"
            >
              <span aria-hidden="true">{dayName(day, i18n.language, 'short')}</span>
              <span className="sr-only">{dayName(day, i18n.language, 'long')}</span>
            </ToggleGroup.Item>
          ))}
        </ToggleGroup.Root>
        <div className="flex min-w-0 grow flex-wrap items-end gap-2 sm:items-center">
          <TimeField
            label={t('volunteer.schedule.from')}
            testId="volunteer-window-from"
            time={row.from}
            change={(from) => change({ from })}
            settle={settle}
          />
          <TimeField
            label={t('volunteer.schedule.to')}
            testId="volunteer-window-to"
            time={row.to}
            change={(to) => change({ to })}
            settle={settle}
          />
          <div className="flex basis-full items-center empty:hidden sm:basis-auto sm:grow">
            {endsNextDay(row) && (
              <span className="text-xs text-ink-soft">{t('volunteer.schedule.nextDay')}</span>
            )}
            {removable && (
              <IconButton
                size="small"
                label={t('volunteer.schedule.remove', { number })}
                icon={<Trash2 size={16} />}
                data-testid="volunteer-window-remove"
                className="ml-auto"
                onClick={remove}
              />
            )}
          </div>
        </div>
      </fieldset>
    </li>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly testId: string;
  readonly time: string;
  change(time: string): void;
  settle(): void;
}

function TimeField({ label, testId, time, change, settle }: TimeFieldProps) {
  const id = useId();
  return (
    <span className="flex min-w-0 flex-col gap-1 sm:flex-row sm:items-center sm:gap-1.5">
      <label htmlFor={id} className="text-xs text-ink-soft">
        {label}
      </label>
      <input
        id={id}
        type="time"
        data-testid={testId}
        value={time}
        aria-invalid={time === ''}
        onChange={(event) => change(event.target.value)}
        onBlur={settle}
        className="h-9 rounded-lg border border-line bg-raised px-2 text-sm tabular-nums hover:border-line-strong aria-invalid:border-danger"
      />
    </span>
  );
}
