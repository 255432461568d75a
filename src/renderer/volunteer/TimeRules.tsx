import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import { Card } from '../app/Page.tsx';
import { Toggle } from '../ui/Toggle.tsx';
import { FIRST_IDLE_MINUTES } from './constants.ts';
import { NumberRule } from './NumberRule.tsx';
import { ScheduleEditor } from './ScheduleEditor.tsx';
import { changeRules } from './store.ts';
import { useUntold } from './use-untold.ts';
import { FIRST_WINDOW } from './week.ts';

/** As the schema of the rules bounds them. */
const MINUTES = { least: 1, most: 240, decimals: 0 };

interface TimeRulesProps {
  readonly rules: VolunteerSettings;
  readonly untold: VolunteerState['untold'];
}

/** When it may serve: hours of the week, and what this computer is busy with. */
export function TimeRules({ rules: { schedule, idleMinutes, onlyOnMains }, untold }: TimeRulesProps) {
  const { t } = useTranslation();
  const untoldOf = useUntold(untold);
  // What was set comes back when a rule is switched off and on again.
  const lastSchedule = useLast(schedule) ?? [FIRST_WINDOW];
  const lastIdleMinutes = useLast(idleMinutes) ?? FIRST_IDLE_MINUTES;
  return (
    <Card title={t('volunteer.timeTitle')}>
      <Toggle
        label={t('volunteer.rules.schedule')}
        hint={schedule === null ? t('volunteer.rules.scheduleOff') : t('volunteer.rules.scheduleOn')}
        testId="volunteer-rule-schedule"
        on={schedule !== null}
        onChange={(on) => void changeRules({ schedule: on ? lastSchedule : null })}
      />
      {schedule !== null && (
        <ScheduleEditor schedule={schedule} keep={(windows) => changeRules({ schedule: windows })} />
      )}
      <Toggle
        label={t('volunteer.rules.idle')}
        hint={t('volunteer.rules.idleHint')}
        note={untoldOf('in-use', idleMinutes !== null)}
        testId="volunteer-rule-idle"
        on={idleMinutes !== null}
        onChange={(on) => void changeRules({ idleMinutes: on ? lastIdleMinutes : null })}
      />
      {idleMinutes !== null && (
        <NumberRule
          className="sm:max-w-56"
          label={t('volunteer.rules.idleMinutes')}
          unit={t('volunteer.rules.minutes')}
          testId="volunteer-rule-idle-minutes"
          kind={MINUTES}
          value={idleMinutes}
          keep={(minutes) => changeRules({ idleMinutes: minutes })}
        />
      )}
      <Toggle
        label={t('volunteer.rules.mains')}
        hint={t('volunteer.rules.mainsHint')}
        note={untoldOf('on-battery', onlyOnMains)}
        testId="volunteer-rule-mains"
        on={onlyOnMains}
        onChange={(on) => void changeRules({ onlyOnMains: on })}
      />
    </Card>
  );
}

function useLast<Value>(value: Value | null): Value | null {
  const last = useRef(value);
  if (value !== null) last.current = value;
  return last.current;
}
