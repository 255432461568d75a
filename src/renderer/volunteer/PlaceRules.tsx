import { useTranslation } from 'react-i18next';
import type { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import { Card } from '../app/Page.tsx';
import { Toggle } from '../ui/Toggle.tsx';
import { NetworkNames } from './NetworkNames.tsx';
import { changeRules } from './store.ts';
import { useUntold } from './use-untold.ts';

interface PlaceRulesProps {
  readonly rules: VolunteerSettings;
  readonly untold: VolunteerState['untold'];
}

/** In which networks it may serve. */
export function PlaceRules({ rules: { onlyUnmetered, neverOn }, untold }: PlaceRulesProps) {
  const { t } = useTranslation();
  const untoldOf = useUntold(untold);
  return (
    <Card title={t('volunteer.placeTitle')}>
      <Toggle
        label={t('volunteer.rules.unmetered')}
        hint={t('volunteer.rules.unmeteredHint')}
        note={untoldOf('metered', onlyUnmetered)}
        testId="volunteer-rule-unmetered"
        on={onlyUnmetered}
        onChange={(on) => void changeRules({ onlyUnmetered: on })}
      />
      <NetworkNames
        names={neverOn}
        note={untoldOf('named-network', neverOn.length > 0)}
        keep={(names) => changeRules({ neverOn: names })}
      />
    </Card>
  );
}
