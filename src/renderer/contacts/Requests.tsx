import { useTranslation } from 'react-i18next';
import type { ContactRequest } from '../../shared/contacts.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Button } from '../ui/Button.tsx';
import { acceptRequest, ignoreRequest } from './actions.ts';

/** People who have our link and ask to be a contact. */
export function Requests({ requests }: { requests: readonly ContactRequest[] }) {
  const { t } = useTranslation();
  if (requests.length === 0) return null;
  return (
    <section aria-label={t('contacts.requests')} className="mx-2 mb-2 rounded-2xl bg-accent-soft p-3">
      <h2 className="mb-2 text-xs font-medium text-accent-ink">{t('contacts.requests')}</h2>
      <ul className="flex flex-col gap-3">
        {requests.map(({ userId, name }) => (
          <li key={userId} className="flex flex-wrap items-center gap-x-3 gap-y-2">
            <Avatar userId={userId} name={name} />
            <span className="min-w-0 grow truncate font-medium">{name}</span>
            <span className="flex gap-1.5">
              <Button
                look="primary"
                size="small"
                data-testid={`request-accept-${userId}`}
                aria-label={t('contacts.acceptName', { name })}
                onClick={() => void acceptRequest(userId)}
              >
                {t('contacts.accept')}
              </Button>
              <Button
                look="quiet"
                size="small"
                data-testid={`request-ignore-${userId}`}
                aria-label={t('contacts.ignoreName', { name })}
                onClick={() => void ignoreRequest(userId)}
              >
                {t('contacts.ignore')}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
