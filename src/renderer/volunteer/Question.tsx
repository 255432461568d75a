import { HeartHandshake } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useApp } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { lend, useVolunteer } from './store.ts';

/** Asked once, in the way of nothing: whether to carry other people's calls. */
export function Question() {
  const { t } = useTranslation();
  const asked = useApp((store) => store.state?.settings.volunteerAsked);
  const volunteer = useVolunteer();
  // The page itself has the switch.
  const onPage = useApp((store) => store.view.name === 'volunteer');
  if (asked !== false || onPage || volunteer?.state !== 'off') return null;
  return (
    <section
      aria-label={t('volunteer.question')}
      data-testid="volunteer-question"
      className="flex flex-wrap items-center gap-3 border-b border-line bg-surface px-4 py-3"
    >
      <HeartHandshake size={20} className="shrink-0 text-accent-ink" />
      <div className="min-w-0 grow basis-60">
        <h2 className="font-semibold">{t('volunteer.question')}</h2>
        <p className="text-sm text-ink-soft">{t('volunteer.questionMeans')}</p>
      </div>
      <div className="flex gap-2">
        <Button size="small" data-testid="volunteer-no" onClick={() => lend(false)}>
          {t('volunteer.no')}
        </Button>
        <Button size="small" look="primary" data-testid="volunteer-yes" onClick={() => lend(true)}>
          {t('volunteer.yes')}
        </Button>
      </div>
    </section>
  );
}
