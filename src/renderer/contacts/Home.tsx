import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { appStore, show, useApp } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { Wayside } from '../ui/Wayside.tsx';
import { selectPeople, useContacts } from './store.ts';

/** Nothing is chosen yet: what one could do next. */
export function Home() {
  const { t } = useTranslation();
  const nobody = useContacts((store) => selectPeople(store)?.contacts.length === 0);
  const embedded = useApp((store) => store.state?.server.embedded === true);
  return (
    <div className="flex min-h-full flex-col items-center justify-center gap-4 px-8 py-12 text-center">
      <Wayside className="w-72 max-w-full" />
      <h1 className="text-xl font-semibold tracking-tight">
        {nobody ? t('contacts.emptyTitle') : t('contacts.homeTitle')}
      </h1>
      <p className="max-w-sm text-ink-soft">{nobody ? t('contacts.emptyText') : t('contacts.homeText')}</p>
      <Button look="primary" className="mt-1" onClick={() => appStore.setState({ adding: true })}>
        <UserPlus size={16} />
        {t('contacts.add')}
      </Button>
      {embedded && (
        <p className="mt-6 max-w-md rounded-2xl border border-line bg-surface px-4 py-3 text-left text-sm text-ink-soft">
          {t('server.embeddedMeans')}{' '}
          <button
            type="button"
            className="font-medium text-accent-ink underline underline-offset-2"
            onClick={() => show({ name: 'settings' })}
          >
            {t('nav.settings')}
          </button>
        </p>
      )}
    </div>
  );
}
