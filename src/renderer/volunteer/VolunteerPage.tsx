import { useTranslation } from 'react-i18next';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { Card, Page } from '../app/Page.tsx';
import { useApp } from '../app/store.ts';
import { classes } from '../ui/classes.ts';
import { Toggle } from '../ui/Toggle.tsx';
import { useFormat } from '../ui/use-format.ts';
import { lend, useVolunteer } from './store.ts';

const TONES: Partial<Record<VolunteerState['state'], string>> = { offered: 'bg-good', off: 'bg-line-strong' };

/** Lending this machine's line: the switch, what it does now, and what it means. */
export function VolunteerPage() {
  const { t } = useTranslation();
  const volunteer = useVolunteer();
  const limits = useApp((store) => store.state?.settings.volunteer);
  const format = useFormat();
  if (volunteer === null || limits === undefined) return null;
  const { state } = volunteer;
  return (
    <Page title={t('volunteer.title')} lead={t('volunteer.lead')}>
      <Card title={t('volunteer.switchTitle')}>
        <Toggle
          label={t('volunteer.switch')}
          hint={t('volunteer.switchHint', {
            calls: limits.bridges,
            rate: format.bitrate(limits.upKbitPerS * 1_000),
          })}
          testId="volunteer-switch"
          on={state !== 'off' && state !== 'leaving'}
          onChange={lend}
        />
        <div
          className="flex items-start gap-3 rounded-2xl bg-sunken px-4 py-3"
          role="status"
          data-testid="volunteer-state"
          data-state={state}
        >
          <span
            className={classes('mt-1.5 size-2.5 shrink-0 rounded-full', TONES[state] ?? 'bg-warn')}
            aria-hidden
          />
          <div>
            <p className="font-medium">{t(`volunteer.state.${state}`)}</p>
            <p className="text-ink-soft">{t(`volunteer.means.${state}`)}</p>
          </div>
        </div>
      </Card>
      <Card title={t('volunteer.doneTitle')}>
        <Done volunteer={volunteer} />
      </Card>
      <Card title={t('volunteer.nowTitle')}>
        <Bridges bridges={volunteer.bridges} />
      </Card>
      <Card title={t('volunteer.seesTitle')}>
        <ul className="flex list-disc flex-col gap-2 pl-5 text-ink-soft">
          {(['cannot', 'can', 'costs', 'stop'] as const).map((point) => (
            <li key={point}>{t(`volunteer.sees.${point}`)}</li>
          ))}
        </ul>
      </Card>
    </Page>
  );
}

function Done({ volunteer: { peopleHelped, bytesForwarded, refused } }: { volunteer: VolunteerState }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const number = new Intl.NumberFormat(i18n.language);
  const numbers = [
    ['people', number.format(peopleHelped)],
    ['bytes', format.bytes(bytesForwarded)],
    ['refused', number.format(refused)],
  ] as const;
  return (
    <dl className="grid grid-cols-1 gap-4 sm:grid-cols-3">
      {numbers.map(([name, value]) => (
        <div key={name}>
          <dt className="text-sm text-ink-soft">{t(`volunteer.done.${name}`)}</dt>
          <dd className="text-xl font-semibold tabular-nums" data-testid={`volunteer-${name}`}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Bridges({ bridges }: Pick<VolunteerState, 'bridges'>) {
  const { t } = useTranslation();
  const format = useFormat();
  if (bridges.length === 0) return <p className="text-ink-soft">{t('volunteer.nobody')}</p>;
  return (
    <ol className="flex flex-col gap-2" data-testid="volunteer-bridges">
      {bridges.map(({ ageS, kbitPerS }, index) => (
        // Bridges have no names here: what tells them apart is that the oldest comes first.
        <li key={index} className="flex justify-between gap-4 tabular-nums">
          <span>{t('volunteer.bridgeAge', { age: format.clock(ageS) })}</span>
          <span className="text-ink-soft">{format.bitrate(kbitPerS * 1_000)}</span>
        </li>
      ))}
    </ol>
  );
}
