import { Eye, EyeOff, Hand, Scale } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Card } from '../app/Page.tsx';

const points = [
  ['cannot', EyeOff],
  ['can', Eye],
  ['costs', Scale],
  ['stop', Hand],
] as const;

/** What running a node means, for somebody who has never heard the word. */
export function MeansCard() {
  const { t } = useTranslation();
  return (
    <Card title={t('volunteer.seesTitle')}>
      <ul className="flex flex-col gap-4">
        {points.map(([point, Icon]) => (
          <li key={point} className="flex items-start gap-3">
            <Icon size={20} className="mt-0.5 shrink-0 text-accent-ink" aria-hidden="true" />
            <div>
              <h3 className="font-medium">{t(`volunteer.sees.${point}.title`)}</h3>
              <p className="text-ink-soft">{t(`volunteer.sees.${point}.words`)}</p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
