import { UserPlus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { appStore } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { Wayside } from '../ui/Wayside.tsx';
import { EmbeddedNote } from './EmbeddedNote.tsx';
import { selectPeople, useContacts } from './store.ts';

/** Nothing is chosen yet: what one could do next. */
export function Home() {
  const { t } = useTranslation();
  const nobody = useContacts((store) => selectPeople(store)?.contacts.length === 0);
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
      <EmbeddedNote />
    </div>
  );
}
