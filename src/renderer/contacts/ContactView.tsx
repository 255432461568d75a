import { Ban, EllipsisVertical, Pencil, Phone, Trash2, Video } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Contact } from '../../shared/contacts.ts';
import { BackButton } from '../app/Page.tsx';
import { show } from '../app/store.ts';
import { placeCall } from '../call/actions.ts';
import { useCall } from '../call/store.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Button } from '../ui/Button.tsx';
import { Confirm } from '../ui/Confirm.tsx';
import { classes } from '../ui/classes.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { useFormat } from '../ui/use-format.ts';
import { blockContact, removeContact, renameContact, unblockContact } from './actions.ts';
import { Home } from './Home.tsx';
import { RecordRow } from './RecentCalls.tsx';
import { selectContact, useContacts } from './store.ts';

/** One person: call them, or change what they are to us. */
export function ContactView({ userId }: { userId: string }) {
  const contact = useContacts(selectContact(userId));
  // Removed a moment ago, here or by another window.
  if (contact === undefined) return <Home />;
  return <Known contact={contact} />;
}

function Known({ contact }: { contact: Contact }) {
  const { t } = useTranslation();
  const { name, userId, state, online } = contact;
  const format = useFormat();
  const [asking, setAsking] = useState<'remove' | 'block' | 'rename' | null>(null);
  const closeUnless = (open: boolean) => {
    if (!open) setAsking(null);
  };
  return (
    <div className="mx-auto flex min-h-full max-w-xl flex-col px-5 pt-4 pb-10">
      <div className="flex items-center">
        <BackButton />
        <span className="grow" />
        <Menu contact={contact} onChoose={setAsking} />
      </div>
      <div className="flex flex-col items-center pt-6 text-center">
        <Avatar userId={userId} name={name} size="huge" />
        <h1 className="mt-5 max-w-full text-xl font-semibold tracking-tight break-words">{name}</h1>
        {state === 'mutual' && (
          <p className="mt-1 flex items-center gap-2 text-ink-soft">
            <span className={classes('size-2 rounded-full', online ? 'bg-good' : 'bg-line-strong')} />
            {t(online ? 'contacts.online' : 'contacts.offline')}
          </p>
        )}
        {state === 'blocked' ? (
          <>
            <p className="mt-3 max-w-sm text-ink-soft">{t('contacts.blockedText', { name })}</p>
            <Button className="mt-6" onClick={() => void unblockContact(userId)}>
              {t('contacts.unblock')}
            </Button>
          </>
        ) : (
          <>
            <div className="mt-7 flex w-full max-w-md flex-col justify-center gap-3 min-[460px]:flex-row">
              <Button
                look="primary"
                size="large"
                data-testid="call-video"
                aria-label={t('contacts.callVideoName', { name })}
                disabled={state !== 'mutual'}
                onClick={() => void placeCall(userId, 'video')}
              >
                <Video size={20} />
                {t('contacts.callVideo')}
              </Button>
              <Button
                size="large"
                data-testid="call-audio"
                aria-label={t('contacts.callAudioName', { name })}
                disabled={state !== 'mutual'}
                onClick={() => void placeCall(userId, 'audio')}
              >
                <Phone size={19} />
                {t('contacts.callAudio')}
              </Button>
            </div>
            <p className="mt-4 min-h-6 max-w-sm text-ink-soft">
              {state === 'waiting'
                ? t('contacts.waitingText', { name })
                : online
                  ? ''
                  : t('contacts.offlineText', { name })}
            </p>
          </>
        )}
      </div>
      <History userId={userId} name={name} />
      <p className="mt-auto pt-8 text-center text-xs text-ink-faint">
        {state !== 'waiting' && t('contacts.since', { date: format.date(contact.addedAt) })}
      </p>

      <Confirm
        open={asking === 'remove'}
        onOpenChange={closeUnless}
        title={t('contacts.removeTitle', { name })}
        text={t('contacts.removeText')}
        action={t('contacts.remove')}
        onConfirm={() => {
          void removeContact(userId);
          show({ name: 'home' });
        }}
      />
      <Confirm
        open={asking === 'block'}
        onOpenChange={closeUnless}
        title={t('contacts.blockTitle', { name })}
        text={t('contacts.blockText')}
        action={t('contacts.block')}
        onConfirm={() => void blockContact(userId)}
      />
      <Dialog open={asking === 'rename'} onOpenChange={closeUnless} title={t('contacts.rename')}>
        <RenameForm contact={contact} done={() => setAsking(null)} />
      </Dialog>
    </div>
  );
}

function History({ userId, name }: { userId: string; name: string }) {
  const { t } = useTranslation();
  const records = useCall((store) => store.records);
  const own = records?.filter((record) => record.userId === userId).slice(0, 5) ?? [];
  if (own.length === 0) return null;
  return (
    <section
      className="mt-8 rounded-3xl border border-line bg-surface p-3"
      aria-label={t('contacts.withThem', { name })}
    >
      <h2 className="px-2.5 pt-1 pb-2 text-sm font-semibold">{t('contacts.withThem', { name })}</h2>
      <ul>
        {own.map((record) => (
          <RecordRow key={record.id} record={record} withName={false} />
        ))}
      </ul>
    </section>
  );
}

function RenameForm({ contact, done }: { contact: Contact; done(): void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(contact.name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void renameContact(contact.userId, name.trim());
    done();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label={t('contacts.renameLabel')}
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button type="submit" look="primary" className="self-end" disabled={name.trim() === ''}>
        {t('app.save')}
      </Button>
    </form>
  );
}

function Menu({
  contact,
  onChoose,
}: {
  contact: Contact;
  onChoose(choice: 'remove' | 'block' | 'rename'): void;
}) {
  const { t } = useTranslation();
  const item = (choice: 'remove' | 'block' | 'rename', icon: ReactNode, danger = false) => (
    <DropdownMenu.Item
      onSelect={() => onChoose(choice)}
      className={classes(
        'flex h-10 items-center gap-3 rounded-lg px-3 outline-none data-highlighted:bg-hover',
        danger && 'text-danger-ink',
      )}
    >
      {icon}
      {t(`contacts.${choice}`)}
    </DropdownMenu.Item>
  );
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <IconButton
          label={t('contacts.actions', { name: contact.name })}
          icon={<EllipsisVertical size={19} />}
          data-testid="contact-menu"
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-30 min-w-48 animate-fade rounded-xl border border-line bg-raised p-1 shadow-float"
        >
          {item('rename', <Pencil size={17} />)}
          {contact.state !== 'blocked' && item('block', <Ban size={17} />)}
          {item('remove', <Trash2 size={17} />, true)}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
