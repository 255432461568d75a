import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/IconButton.tsx';
import { useNarrow } from '../ui/use-narrow.ts';
import { show } from './store.ts';

/** The way back to the list, only where the list is not on screen. */
export function BackButton() {
  const { t } = useTranslation();
  if (!useNarrow()) return null;
  return (
    <IconButton
      label={t('app.back')}
      icon={<ArrowLeft size={20} />}
      data-testid="back"
      onClick={() => show({ name: 'home' })}
    />
  );
}

interface PageProps {
  title: string;
  lead?: string;
  action?: ReactNode;
  children: ReactNode;
}

/** A page of settings or reports: title, and cards below. */
export function Page({ title, lead, action, children }: PageProps) {
  return (
    <div className="mx-auto flex max-w-2xl flex-col gap-5 px-5 pt-6 pb-12 sm:px-8">
      <header>
        <div className="flex items-center gap-3">
          <BackButton />
          <h1 className="min-w-0 grow text-xl font-semibold tracking-tight">{title}</h1>
          {action}
        </div>
        {lead !== undefined && <p className="mt-1 text-ink-soft">{lead}</p>}
      </header>
      {children}
    </div>
  );
}

/** A card with a heading. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="rounded-3xl border border-line bg-surface p-5" aria-label={title}>
      <h2 className="mb-4 text-base font-semibold">{title}</h2>
      <div className="flex flex-col gap-4">{children}</div>
    </section>
  );
}
