import {
  BatteryLow,
  CalendarClock,
  CircleCheck,
  CircleOff,
  CirclePause,
  CirclePlay,
  Copy,
  Gauge,
  HardDrive,
  Keyboard,
  LoaderCircle,
  ReceiptText,
  TriangleAlert,
  WifiOff,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { VolunteerRule, VolunteerState } from '../../shared/volunteer.ts';
import { Card } from '../app/Page.tsx';
import { useApp } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Toggle } from '../ui/Toggle.tsx';
import { useFormat } from '../ui/use-format.ts';
import { useNow } from '../ui/use-now.ts';
import { isSwitchedOn, type Standing, standing } from './standing.ts';
import { goOn, lend, pauseForAnHour, useRules } from './store.ts';

const looks: Readonly<Record<Standing['tone'], string>> = {
  good: 'bg-accent-soft text-accent-ink',
  quiet: 'bg-sunken text-ink-soft',
  trouble: 'bg-warn-soft text-warn-ink',
};

const restIcons: Readonly<Record<VolunteerRule, typeof Gauge>> = {
  paused: CirclePause,
  'allowance-used': Gauge,
  schedule: CalendarClock,
  'in-use': Keyboard,
  'on-battery': BatteryLow,
  metered: ReceiptText,
  'named-network': WifiOff,
  'counted-elsewhere': Copy,
  'not-counted': HardDrive,
};

function iconOf({ state, rest }: VolunteerState, tone: Standing['tone']): typeof Gauge {
  if (rest !== null && state !== 'off') return restIcons[rest.rule];
  if (state === 'off' || state === 'leaving') return CircleOff;
  if (tone === 'trouble') return TriangleAlert;
  return tone === 'good' ? CircleCheck : LoaderCircle;
}

/** The switch, what this computer does now, and the pause. */
export function StateCard({ volunteer }: { volunteer: VolunteerState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(30_000);
  const idleMinutes = useRules()?.idleMinutes ?? null;
  const hidesAddress = useApp((store) => store.state?.settings.hideAddress) === true;
  const { tone, title, means, values } = standing(volunteer, { idleMinutes, format, now });
  const Icon = iconOf(volunteer, tone);
  const on = isSwitchedOn(volunteer);
  return (
    <Card title={t('volunteer.switchTitle')}>
      <Toggle
        label={t('volunteer.switch')}
        hint={t('volunteer.switchHint')}
        testId="volunteer-switch"
        on={on}
        onChange={lend}
      />
      <div className={classes('flex flex-wrap items-center gap-x-4 gap-y-3 rounded-2xl p-4', looks[tone])}>
        <div
          className="flex min-w-0 grow basis-72 items-start gap-3"
          role="status"
          data-testid="volunteer-state"
          data-state={volunteer.state}
          data-rule={volunteer.rest?.rule}
        >
          <Icon
            size={22}
            className={classes('mt-0.5 shrink-0', Icon === LoaderCircle && 'animate-spin')}
            aria-hidden="true"
          />
          <div className="min-w-0">
            <p className="text-base font-semibold text-ink">{t(title, values)}</p>
            <p className="mt-0.5 break-words">{t(means, values)}</p>
          </div>
        </div>
        {on && <PauseButton paused={volunteer.rest?.rule === 'paused'} />}
      </div>
      {hidesAddress && (
        <p className="flex items-start gap-2 rounded-xl bg-warn-soft px-3 py-2 text-warn-ink">
          <TriangleAlert size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
          {t('volunteer.hidesAddress')}
        </p>
      )}
    </Card>
  );
}

function PauseButton({ paused }: { paused: boolean }) {
  const { t } = useTranslation();
  return paused ? (
    <Button look="primary" data-testid="volunteer-resume" onClick={goOn}>
      <CirclePlay size={16} aria-hidden="true" />
      {t('volunteer.goOn')}
    </Button>
  ) : (
    <Button data-testid="volunteer-pause" onClick={pauseForAnHour}>
      <CirclePause size={16} aria-hidden="true" />
      {t('volunteer.pause')}
    </Button>
  );
}
