import { ArrowRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { Card } from '../app/Page.tsx';
import { show, useApp } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';

const askRouter = () => void engine().app.updateSettings({ routerMappings: true }).catch(failed);

/** Which callers could come here, and what would let more of them. */
export function ReachCard({ reach: { callers, remedies } }: Pick<VolunteerState, 'reach'>) {
  const { t } = useTranslation();
  const mayAskRouter = useApp((store) => store.state?.settings.routerMappings) !== false;
  return (
    <Card title={t('volunteer.reachTitle')}>
      <p data-testid="volunteer-reach" data-callers={callers}>
        {t(`volunteer.reach.${callers}`)}
      </p>
      {remedies.length > 0 && (
        <div>
          <h3 className="mb-1.5 text-sm font-medium">{t('volunteer.remedyTitle')}</h3>
          <ul className="flex flex-col gap-2 text-ink-soft">
            {remedies.map((remedy) => (
              <li key={remedy} className="flex items-start gap-2" data-testid={`volunteer-remedy-${remedy}`}>
                <ArrowRight size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
                {remedy === 'port-mapping' && !mayAskRouter ? (
                  <span className="flex flex-col items-start gap-1.5">
                    {t('volunteer.mayNotAskRouter')}
                    <Button size="small" onClick={askRouter}>
                      {t('volunteer.askRouter')}
                    </Button>
                  </span>
                ) : (
                  t(`volunteer.remedy.${remedy}`)
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Button size="small" className="self-start" onClick={() => show({ name: 'diagnostics' })}>
        {t('volunteer.openCheck')}
      </Button>
    </Card>
  );
}
