import { useTranslation } from 'react-i18next';
import { Logo } from '../ui/Logo.tsx';
import { EngineBanner } from './Banners.tsx';
import { useApp } from './store.ts';

/** Before the engine has said anything. */
export function Starting() {
  const { t } = useTranslation();
  const lost = useApp((store) => store.connection === 'lost');
  return (
    <main className="flex h-full flex-col">
      <h1 className="sr-only">{t('app.name')}</h1>
      {lost && <EngineBanner />}
      <div className="flex grow flex-col items-center justify-center gap-4">
        <Logo size={64} />
        <p role="status" className="text-ink-soft">
          {lost ? t('app.engineConnecting') : t('app.starting')}
        </p>
      </div>
    </main>
  );
}
