import { ChevronDown } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { Card } from '../app/Page.tsx';
import { Figure } from '../ui/Figure.tsx';
import { useFormat } from '../ui/use-format.ts';
import { useNow } from '../ui/use-now.ts';
import { DaysPlot } from './DaysPlot.tsx';
import { type Day, everyDay, localDay } from './days.ts';

/** What this computer has done for others, now and ever. */
export function DoneCard({ volunteer }: { volunteer: VolunteerState }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const { worked, failed } = volunteer;
  const met = worked + failed;
  const outcome = met === 0 ? 'noneYet' : failed === 0 ? 'workedAll' : 'workedOf';
  return (
    <Card title={t('volunteer.doneTitle')}>
      <dl className="grid grid-cols-2 gap-2">
        <Figure
          name={t('volunteer.done.people')}
          value={number(volunteer.peopleHelpedEver)}
          note={t('volunteer.sinceStart', { value: number(volunteer.peopleHelped) })}
          testId="volunteer-people"
        />
        <Figure
          name={t('volunteer.done.bytes')}
          value={format.bytes(volunteer.bytesForwardedEver)}
          note={t('volunteer.sinceStart', { value: format.bytes(volunteer.bytesForwarded) })}
          testId="volunteer-bytes"
        />
        <Figure
          name={t('volunteer.done.worked')}
          value={met === 0 ? '–' : format.percent(wholeOnlyIfAll(worked / met))}
          note={t(`volunteer.done.${outcome}`, { worked: number(worked), met: number(met) })}
          testId="volunteer-worked"
        />
        <Figure
          name={t('volunteer.done.refused')}
          value={number(volunteer.refused)}
          note={t('volunteer.done.refusedMeans')}
          testId="volunteer-refused"
        />
      </dl>
      <Days days={volunteer.days} />
    </Card>
  );
}

/** Percent; a hundred only where none failed. */
function wholeOnlyIfAll(part: number): number {
  return part < 1 ? Math.min(99, Math.round(part * 100)) : 100;
}

function Days({ days: known }: { days: readonly Day[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const today = localDay(useNow(60_000));
  const days = useMemo(() => everyDay(known, today), [known, today]);
  if (known.length === 0) return null;
  const date = (day: string) =>
    new Date(`${day}T12:00:00`).toLocaleDateString(i18n.language, { day: 'numeric', month: 'short' });
  return (
    <Collapsible.Root asChild>
      <section aria-label={t('volunteer.days.title')}>
        <div className="mb-1 flex items-center justify-between gap-3">
          <h3 className="text-sm font-medium">{t('volunteer.days.title')}</h3>
          <Collapsible.Trigger
            className="group flex h-8 shrink-0 items-center gap-1 whitespace-nowrap rounded-lg px-2 text-ink-soft hover:bg-hover hover:text-ink"
            data-testid="volunteer-days-table"
          >
            {t('volunteer.days.table')}
            <ChevronDown
              size={16}
              className="transition-transform group-data-[state=open]:rotate-180"
              aria-hidden="true"
            />
          </Collapsible.Trigger>
        </div>
        <DaysPlot
          label={t('volunteer.days.plot', { first: date(days[0]?.day ?? today), last: date(today) })}
          days={days}
          bytes={format.bytes}
          date={date}
        />
        <Collapsible.Content>
          <DaysTable days={known} date={date} />
        </Collapsible.Content>
      </section>
    </Collapsible.Root>
  );
}

function DaysTable({ days, date }: { days: readonly Day[]; date(day: string): string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <table className="mt-2 w-full tabular-nums">
      <thead className="text-xs text-ink-faint">
        <tr>
          <th scope="col" className="py-1.5 text-left font-medium">
            {t('volunteer.days.day')}
          </th>
          <th scope="col" className="py-1.5 text-right font-medium">
            {t('volunteer.done.bytes')}
          </th>
        </tr>
      </thead>
      <tbody>
        {[...days].reverse().map(({ day, bytes }) => (
          <tr key={day} className="border-t border-line" data-testid="volunteer-day">
            <th scope="row" className="py-1.5 text-left font-normal">
              {date(day)}
            </th>
            <td className="py-1.5 text-right">{format.bytes(bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
