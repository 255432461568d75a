import { useTranslation } from 'react-i18next';
import type { VolunteerState } from '../../shared/volunteer.ts';
import type { ToggleNote } from '../ui/Toggle.tsx';

type Untold = VolunteerState['untold'][number];

/** The sentence beside a rule that this machine has no way to keep; louder where its user relies on it. */
export function useUntold(untold: VolunteerState['untold']) {
  const { t } = useTranslation();
  return (rule: Untold, isOn: boolean): ToggleNote | undefined =>
    untold.includes(rule) ? { words: t(`volunteer.untold.${rule}`), warns: isOn } : undefined;
}
