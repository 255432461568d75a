import { Activity, HeartHandshake, Search, Settings, UserPlus } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { ContactList } from '../contacts/ContactList.tsx';
import { RecentCalls } from '../contacts/RecentCalls.tsx';
import { Avatar } from '../ui/Avatar.tsx';
import { classes } from '../ui/classes.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { Logo } from '../ui/Logo.tsx';
import { appStore, show, useApp } from './store.ts';

/** People and recent calls, and below them who I am and whether I can be reached. */
export function Sidebar({ filling }: { filling: boolean }) {
  const { t } = useTranslation();
  // Where the list is the whole window it is the main part.
  const Part = filling ? 'main' : 'nav';
  const Title = filling ? 'h1' : 'p';
  return (
    <Part
      aria-label={t('nav.people')}
      className={classes(
        'flex flex-col bg-surface',
        filling ? 'w-full' : 'w-80 shrink-0 border-r border-line lg:w-88',
      )}
    >
      <header className="flex items-center gap-2.5 px-4 pt-4 pb-2">
        <Logo />
        <Title className="grow text-lg font-semibold tracking-tight">{t('app.name')}</Title>
        <IconButton
          label={t('nav.palette')}
          keys="Ctrl K"
          icon={<Search size={18} />}
          onClick={() => appStore.setState({ palette: true })}
        />
        <IconButton
          look="accent"
          label={t('contacts.add')}
          icon={<UserPlus size={18} />}
          data-testid="add-contact"
          onClick={() => appStore.setState({ adding: true })}
        />
      </header>
      <Tabs.Root defaultValue="people" className="flex min-h-0 grow flex-col">
        <Tabs.List
          className="mx-4 my-2 grid grid-cols-2 rounded-xl bg-sunken p-1"
          aria-label={t('nav.label')}
        >
          {(['people', 'recent'] as const).map((tab) => (
            <Tabs.Trigger
              key={tab}
              value={tab}
              className="h-8 rounded-lg font-medium text-ink-soft transition-colors data-[state=active]:bg-raised data-[state=active]:text-ink data-[state=active]:shadow-sm"
            >
              {t(`nav.${tab}`)}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Tabs.Content
          value="people"
          tabIndex={-1}
          className="flex min-h-0 grow flex-col data-[state=inactive]:hidden"
        >
          <ContactList />
        </Tabs.Content>
        <Tabs.Content
          value="recent"
          tabIndex={-1}
          className="flex min-h-0 grow flex-col data-[state=inactive]:hidden"
        >
          <RecentCalls />
        </Tabs.Content>
      </Tabs.Root>
      <Footer />
    </Part>
  );
}

function Footer() {
  const { t } = useTranslation();
  const profile = useApp((store) => store.state?.profile);
  const server = useApp((store) => store.state?.server);
  const view = useApp((store) => store.view.name);
  if (profile === undefined || server === undefined) return null;
  const connected = server.state === 'connected';
  const words = connected && server.embedded ? t('server.embedded') : t(`server.${server.state}`);
  return (
    <footer className="flex items-center gap-3 border-t border-line px-4 py-3">
      <Avatar userId={profile.userId} name={profile.name} />
      <div className="min-w-0 grow">
        <p className="truncate font-medium">{profile.name}</p>
        <p
          className="flex items-center gap-1.5 text-xs text-ink-soft"
          data-testid="server-state"
          data-state={server.state}
        >
          <span
            className={classes(
              'size-2 shrink-0 rounded-full',
              connected ? (server.embedded ? 'bg-warn' : 'bg-good') : 'bg-line-strong',
            )}
          />
          <span className="truncate">{words}</span>
        </p>
      </div>
      <IconButton
        label={t('nav.volunteer')}
        icon={<HeartHandshake size={18} />}
        data-testid="volunteer"
        aria-current={view === 'volunteer' ? 'page' : undefined}
        className="aria-[current]:bg-accent-soft aria-[current]:text-accent-ink"
        onClick={() => show({ name: 'volunteer' })}
      />
      <IconButton
        label={t('nav.diagnostics')}
        icon={<Activity size={18} />}
        data-testid="diagnostics"
        aria-current={view === 'diagnostics' ? 'page' : undefined}
        className="aria-[current]:bg-accent-soft aria-[current]:text-accent-ink"
        onClick={() => show({ name: 'diagnostics' })}
      />
      <IconButton
        label={t('nav.settings')}
        icon={<Settings size={18} />}
        data-testid="settings"
        aria-current={view === 'settings' ? 'page' : undefined}
        className="aria-[current]:bg-accent-soft aria-[current]:text-accent-ink"
        onClick={() => show({ name: 'settings' })}
      />
    </footer>
  );
}
