import { useTranslation } from 'react-i18next';
import { show, useApp } from '../app/store.ts';

/** What the server inside Byway means for who can call; nothing with any other server. */
export function EmbeddedNote() {
  const { t } = useTranslation();
  const embedded = useApp((store) => store.state?.server.embedded === true);
  if (!embedded) return null;
  return (
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
  );
}
