import { Info, TriangleAlert, Unplug, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { useNow } from '../ui/use-now.ts';
import { keepDismissed } from './dismissed.ts';
import { engine } from './engine.ts';
import { failed } from './failures.ts';
import { appStore, selectNotices, selectServerAway, useApp } from './store.ts';

interface BannerProps {
  tone: 'warn' | 'danger';
  icon: ReactNode;
  children: ReactNode;
  action?: ReactNode;
  testId: string;
}

function Banner({ tone, icon, children, action, testId }: BannerProps) {
  return (
    <div
      role="status"
      data-testid={testId}
      className={classes(
        'flex animate-fade items-center gap-3 px-4 py-2.5 text-sm',
        tone === 'warn' ? 'bg-warn-soft text-warn-ink' : 'bg-danger-soft text-danger-ink',
      )}
    >
      <span className="shrink-0">{icon}</span>
      <p className="grow">{children}</p>
      {action}
    </div>
  );
}

/** The line to the engine is lost. */
export function EngineBanner() {
  const { t } = useTranslation();
  return (
    <Banner tone="danger" icon={<Unplug size={18} />} testId="engine-away">
      {t('app.engineAway')}
    </Banner>
  );
}

function ServerBanner() {
  const { t } = useTranslation();
  const server = useApp((store) => store.state?.server);
  const now = useNow(1_000);
  if (server === undefined) return null;
  const seconds = server.retryAt === undefined ? 0 : Math.ceil((server.retryAt - now) / 1000);
  return (
    <Banner
      tone="warn"
      icon={<TriangleAlert size={18} />}
      testId="server-away"
      action={
        <Button size="small" onClick={() => void engine().app.reconnect().catch(failed)}>
          {t('app.retryNow')}
        </Button>
      }
    >
      {t('server.bannerAway', { reason: t(`server.reason.${server.reason ?? 'none'}`) })}{' '}
      {seconds > 0 && t('server.nextTry', { seconds })}
    </Banner>
  );
}

function dismiss(dismissed: readonly string[]): void {
  appStore.setState({ dismissed });
  keepDismissed(dismissed);
}

/** Everything that must be known before one relies on a call: no engine, no server, what start-up could not do. */
export function Banners() {
  const { t } = useTranslation();
  const lost = useApp((store) => store.connection === 'lost');
  const serverAway = useApp(selectServerAway);
  const notices = useApp(selectNotices);
  const dismissed = useApp((store) => store.dismissed);
  return (
    <div>
      {lost && <EngineBanner />}
      {!lost && serverAway && <ServerBanner />}
      {notices
        ?.filter(({ code }) => !dismissed.includes(code))
        .map(({ code }) => (
          <Banner
            key={code}
            tone="warn"
            icon={<Info size={18} />}
            testId={`notice-${code}`}
            action={
              <IconButton
                size="small"
                label={t('app.dismiss')}
                icon={<X size={16} />}
                onClick={() => dismiss([...dismissed, code])}
              />
            }
          >
            {t(`notice.${code}`)}
          </Banner>
        ))}
    </div>
  );
}
