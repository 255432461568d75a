import { ChevronDown, Lock, X } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot, PathReport } from '../../../shared/call.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { useFormat } from '../../ui/use-format.ts';
import { callStore } from '../store.ts';
import { endpoint } from './addresses.ts';
import { LiveNumbers } from './LiveNumbers.tsx';
import { pathSentence } from './path-sentence.ts';
import { RoutePicture } from './RoutePicture.tsx';
import { Timeline } from './Timeline.tsx';

/** How the call travels: words, a picture, what was tried, and live numbers. */
export function PathPanel({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation();
  const sentence = pathSentence(call.path);
  const words = t(`path.words.${sentence.words}`);
  return (
    <aside
      data-testid="path-panel"
      aria-label={t('path.title')}
      className="quiet-scroll absolute inset-0 z-20 w-full animate-rise bg-canvas min-[820px]:relative min-[820px]:w-96 min-[820px]:shrink-0 min-[820px]:border-l min-[820px]:border-line"
    >
      <header className="sticky top-0 z-10 flex items-center gap-2 bg-canvas px-5 pt-4 pb-2">
        <h2 className="grow text-base font-semibold">{t('path.title')}</h2>
        <IconButton
          size="small"
          label={t('path.close')}
          data-testid="path-panel-close"
          icon={<X size={18} />}
          onClick={() => callStore.setState({ pathPanel: false })}
        />
      </header>
      <div className="flex flex-col gap-6 px-5 pb-8">
        <section className="flex flex-col gap-3">
          <RoutePicture sentence={sentence} words={words} name={call.peer.name} />
          <p
            className="text-base font-medium"
            data-testid="path-kind"
            data-kind={sentence.kind}
            data-words={sentence.words}
          >
            {words}
          </p>
          {call.path.obstacle !== undefined && (
            <p className="text-ink-soft">
              {t(`path.obstacle.${call.path.obstacle}`, { name: call.peer.name })}
            </p>
          )}
          <p className="flex items-start gap-2 text-ink-soft">
            <Lock size={15} className="mt-0.5 shrink-0 text-good" />
            {t(call.phase === 'active' || call.phase === 'ended' ? 'path.encrypted' : 'path.encryptedSoon')}
          </p>
        </section>
        {call.phase !== 'ended' && (
          <Part title={t('path.live')}>
            <LiveNumbers />
          </Part>
        )}
        <Part title={t('path.carried')}>
          <Carried path={call.path} />
        </Part>
        <Part title={t('path.attempts')}>
          <Timeline call={call} />
        </Part>
        <Addresses path={call.path} />
      </div>
    </aside>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3" aria-label={title}>
      <h3 className="text-sm font-semibold">{title}</h3>
      {children}
    </section>
  );
}

function Carried({ path }: { path: PathReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const kinds = (['direct', 'sfu', 'relay'] as const).filter(
    (kind) => path.carried[kind].bytesSent + path.carried[kind].bytesReceived > 0,
  );
  if (kinds.length === 0) return <p className="text-ink-soft">{t('path.carriedNone')}</p>;
  return (
    <dl className="flex flex-col gap-1" data-testid="path-carried">
      {kinds.map((kind) => (
        <div key={kind} className="flex justify-between gap-3">
          <dt className="text-ink-faint">{t(`path.kind.${kind}`)}</dt>
          <dd className="text-ink-soft tabular-nums">
            {t('path.carriedRow', {
              received: format.bytes(path.carried[kind].bytesReceived),
              sent: format.bytes(path.carried[kind].bytesSent),
            })}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Addresses({ path: { active } }: { path: PathReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (active === undefined) return null;
  return (
    <Collapsible.Root className="rounded-2xl border border-line">
      <Collapsible.Trigger
        className="group flex w-full items-center justify-between rounded-2xl px-4 py-3 font-semibold"
        data-testid="path-addresses"
      >
        {t('path.addresses')}
        <ChevronDown
          size={17}
          className="text-ink-faint transition-transform group-data-[state=open]:rotate-180"
        />
      </Collapsible.Trigger>
      <Collapsible.Content>
        <dl className="flex flex-col gap-3 px-4 pb-4">
          {(['local', 'remote'] as const).map((side) => (
            <div key={side}>
              <dt className="text-xs text-ink-faint">
                {t(side === 'local' ? 'path.here' : 'path.there')} · {t(`path.type.${active[side].type}`)}
              </dt>
              <dd className="selectable font-mono text-xs break-all">{endpoint(active[side])}</dd>
            </div>
          ))}
          <div>
            <dt className="text-xs text-ink-faint">{t('path.lastCheck')}</dt>
            <dd className="tabular-nums">{format.ms(active.rttMs)}</dd>
          </div>
        </dl>
      </Collapsible.Content>
    </Collapsible.Root>
  );
}
