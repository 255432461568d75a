import { useTranslation } from 'react-i18next';
import { Page } from '../app/Page.tsx';
import { AmountRules } from './AmountRules.tsx';
import { DoneCard } from './DoneCard.tsx';
import { MeansCard } from './MeansCard.tsx';
import { NowCard } from './NowCard.tsx';
import { PlaceRules } from './PlaceRules.tsx';
import { ReachCard } from './ReachCard.tsx';
import { StateCard } from './StateCard.tsx';
import { isSwitchedOn } from './standing.ts';
import { useRules, useVolunteer } from './store.ts';
import { TimeRules } from './TimeRules.tsx';

/** Lending this machine's line: the switch, what it does and did, its user's rules, and what it means. */
export function VolunteerPage() {
  const { t } = useTranslation();
  const volunteer = useVolunteer();
  const rules = useRules();
  if (volunteer === null || rules === undefined) return null;
  const on = isSwitchedOn(volunteer);
  const { bridges, peopleHelpedEver, worked, failed } = volunteer;
  return (
    <Page title={t('volunteer.title')} lead={t('volunteer.lead')}>
      <StateCard volunteer={volunteer} />
      {/* Whoever thinks it over reads this first; whoever has decided wants to see what becomes of it. */}
      {!on && <MeansCard />}
      {(on || bridges.length > 0) && <NowCard volunteer={volunteer} />}
      {(on || peopleHelpedEver + worked + failed > 0) && <DoneCard volunteer={volunteer} />}
      <ReachCard reach={volunteer.reach} />
      <AmountRules rules={rules} month={volunteer.month} />
      <TimeRules rules={rules} untold={volunteer.untold} />
      <PlaceRules rules={rules} untold={volunteer.untold} />
      {on && <MeansCard />}
    </Page>
  );
}
