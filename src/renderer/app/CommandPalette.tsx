import { Command } from 'cmdk';
import { Activity, HeartHandshake, House, Link, Phone, Settings, UserPlus, Video } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from 'sonner';
import { placeCall } from '../call/actions.ts';
import { selectPeople, useContacts } from '../contacts/store.ts';
import { appStore, show, useApp } from './store.ts';

const close = () => appStore.setState({ palette: false });

/** Everything by typing: Ctrl K (or Command K). */
export function CommandPalette() {
  const { t } = useTranslation();
  const open = useApp((store) => store.palette);
  const people = useContacts(selectPeople);
  const link = useApp((store) => store.state?.profile.link ?? '');
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        appStore.setState((store) => ({ palette: !store.palette }));
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const callable = people?.contacts.filter((contact) => contact.state === 'mutual') ?? [];
  return (
    <Dialog.Root open={open} onOpenChange={(palette) => appStore.setState({ palette })}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-fade bg-black/50" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-0 top-[12vh] z-40 mx-auto w-[calc(100vw-1.5rem)] max-w-lg animate-rise overflow-hidden rounded-2xl border border-line bg-raised shadow-float outline-none"
        >
          <Dialog.Title className="sr-only">{t('palette.title')}</Dialog.Title>
          <Command label={t('palette.title')}>
            <Command.Input
              placeholder={t('palette.placeholder')}
              className="h-14 w-full border-b border-line bg-transparent px-5 text-base outline-none placeholder:text-ink-faint"
            />
            <Command.List className="quiet-scroll max-h-80 p-2">
              <Command.Empty className="px-3 py-6 text-center text-ink-soft">
                {t('palette.nothing')}
              </Command.Empty>
              {callable.length > 0 && (
                <Group heading={t('palette.people')}>
                  {callable.flatMap(({ userId, name }) => [
                    <Item
                      key={`${userId}v`}
                      icon={<Video size={17} />}
                      words={t('palette.callVideo', { name })}
                      run={() => void placeCall(userId, 'video')}
                    />,
                    <Item
                      key={`${userId}a`}
                      icon={<Phone size={17} />}
                      words={t('palette.callAudio', { name })}
                      run={() => void placeCall(userId, 'audio')}
                    />,
                  ])}
                </Group>
              )}
              <Group heading={t('palette.do')}>
                <Item
                  icon={<UserPlus size={17} />}
                  words={t('contacts.add')}
                  run={() => appStore.setState({ adding: true })}
                />
                <Item
                  icon={<Link size={17} />}
                  words={t('add.copyLink')}
                  run={() => void navigator.clipboard.writeText(link).then(() => toast(t('app.copied')))}
                />
              </Group>
              <Group heading={t('palette.go')}>
                <Item icon={<House size={17} />} words={t('nav.home')} run={() => show({ name: 'home' })} />
                <Item
                  icon={<Settings size={17} />}
                  words={t('nav.settings')}
                  run={() => show({ name: 'settings' })}
                />
                <Item
                  icon={<Activity size={17} />}
                  words={t('nav.diagnostics')}
                  run={() => show({ name: 'diagnostics' })}
                />
                <Item
                  icon={<HeartHandshake size={17} />}
                  words={t('nav.volunteer')}
                  run={() => show({ name: 'volunteer' })}
                />
              </Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-ink-faint"
    >
      {children}
    </Command.Group>
  );
}

function Item({ icon, words, run }: { icon: ReactNode; words: string; run(): void }) {
  return (
    <Command.Item
      onSelect={() => {
        close();
        run();
      }}
      className="flex h-10 items-center gap-3 rounded-lg px-3 text-ink-soft data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent-ink"
    >
      {icon}
      {words}
    </Command.Item>
  );
}
