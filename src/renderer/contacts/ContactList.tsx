import { Search, UserPlus } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '../../shared/contacts.ts';
import { appStore, show, useApp } from '../app/store.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { useNarrow } from '../ui/use-narrow.ts';
import { Wayside } from '../ui/Wayside.tsx';
import { EmbeddedNote } from './EmbeddedNote.tsx';
import { Requests } from './Requests.tsx';
import { arrange, selectPeople, useContacts } from './store.ts';

/** Requests on top, then everybody, with a search when there are enough to lose somebody among. */
export function ContactList() {
  const { t } = useTranslation();
  const people = useContacts(selectPeople);
  const [query, setQuery] = useState('');
  const id = useId();
  if (people === null) return null;
  const shown = arrange(people.contacts, query);
  return (
    <>
      {people.contacts.length > 0 && (
        <div className="relative mx-4 mb-2">
          <Search size={16} className="pointer-events-none absolute top-3 left-3 text-ink-faint" />
          <label htmlFor={id} className="sr-only">
            {t('contacts.search')}
          </label>
          <input
            id={id}
            type="search"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            placeholder={t('contacts.search')}
            className="h-10 w-full rounded-xl border border-line bg-raised pr-3 pl-9 placeholder:text-ink-faint hover:border-line-strong"
          />
        </div>
      )}
      <div className="quiet-scroll min-h-0 grow px-2 pb-3">
        <Requests requests={people.requests} />
        {people.contacts.length === 0 && people.requests.length === 0 && <Nobody />}
        {people.contacts.length > 0 && shown.length === 0 && (
          <p className="px-4 py-8 text-center text-ink-soft">{t('contacts.noMatch')}</p>
        )}
        <ul aria-label={t('contacts.title')} className="flex flex-col gap-0.5 pt-1">
          {shown.map((contact) => (
            <Row key={contact.userId} contact={contact} />
          ))}
        </ul>
      </div>
    </>
  );
}

function Row({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const current = useApp(({ view }) => view.name === 'contact' && view.userId === contact.userId);
  const mutual = contact.state === 'mutual';
  const words = mutual
    ? t(contact.online ? 'contacts.online' : 'contacts.offline')
    : t(`contacts.${contact.state}`);
  return (
    <li>
      <button
        type="button"
        data-testid={`contact-${contact.userId}`}
        data-online={contact.online}
        data-state={contact.state}
        aria-current={current ? 'page' : undefined}
        onClick={() => show({ name: 'contact', userId: contact.userId })}
        className={classes(
          'flex w-full items-center gap-3 rounded-xl px-2.5 py-2 text-left -outline-offset-2! transition-colors',
          current ? 'bg-accent-soft' : 'hover:bg-hover',
        )}
      >
        <Avatar userId={contact.userId} name={contact.name} {...(mutual ? { online: contact.online } : {})} />
        <span className="min-w-0 grow">
          <span className="block truncate font-medium">{contact.name}</span>
          <span className={classes('block truncate text-xs', current ? 'text-accent-ink' : 'text-ink-faint')}>
            {words}
          </span>
        </span>
      </button>
    </li>
  );
}

/** Where the list is the whole window it says what to do; beside the home page, which says it, it stays short. */
function Nobody() {
  const { t } = useTranslation();
  if (!useNarrow()) return <p className="px-4 py-8 text-center text-ink-soft">{t('contacts.emptyTitle')}</p>;
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-10 text-center">
      <Wayside className="w-52" />
      <p className="text-lg font-semibold">{t('contacts.emptyTitle')}</p>
      <p className="text-ink-soft">{t('contacts.emptyText')}</p>
      <Button look="primary" className="mt-2" onClick={() => appStore.setState({ adding: true })}>
        <UserPlus size={16} />
        {t('contacts.add')}
      </Button>
      <EmbeddedNote />
    </div>
  );
}
