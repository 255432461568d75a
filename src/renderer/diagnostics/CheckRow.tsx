import { ArrowRight, ChevronDown } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { show } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import type { Check, Remedy, Verdict } from './check.ts';
import type { Fact } from './facts.ts';
import { VerdictIcon } from './Verdict.tsx';

interface CheckRowProps {
  number: number;
  name: string;
  title: string;
  check: Check;
  facts?: readonly Fact[];
  children?: ReactNode;
}

/** One numbered check: its verdict in a sentence, what to do, and the facts for who wants them. */
export function CheckRow({ number, name, title, check, facts = [], children }: CheckRowProps) {
  const { t } = useTranslation();
  const { verdict, words, remedy } = check;
  return (
    <Collapsible.Root asChild>
      <li
        className="flex gap-4 border-t border-line px-5 py-4 first:border-t-0"
        data-testid={`step-${name}`}
        data-verdict={verdict}
      >
        <span
          className="flex size-7 shrink-0 items-center justify-center rounded-full bg-sunken text-xs font-semibold text-ink-soft"
          aria-hidden="true"
        >
          {number}
        </span>
        <div className="flex min-w-0 grow flex-col gap-2">
          <div className="flex min-h-7 items-center gap-2">
            <h3 className="grow font-semibold">{title}</h3>
            <VerdictIcon verdict={verdict} />
            {facts.length > 0 ? (
              <DetailsTrigger name={name} title={title} />
            ) : (
              <span className="w-7 shrink-0" />
            )}
          </div>
          <p className="-mt-1 pr-9 text-ink-soft">{t(words.key, words.values ?? {})}</p>
          {remedy !== undefined && <RemedyLine verdict={verdict} remedy={remedy} />}
          {children}
          <Collapsible.Content>
            <Facts facts={facts} />
          </Collapsible.Content>
        </div>
      </li>
    </Collapsible.Root>
  );
}

const remedyLooks: Readonly<Record<Verdict, string>> = {
  good: 'bg-sunken text-ink-soft',
  note: 'bg-warn-soft text-warn-ink',
  bad: 'bg-danger-soft text-danger-ink',
  pending: 'bg-sunken text-ink-soft',
  untested: 'bg-sunken text-ink-soft',
};

function RemedyLine({ verdict, remedy }: { verdict: Verdict; remedy: Remedy }) {
  const { t } = useTranslation();
  return (
    <div className={classes('flex flex-wrap items-center gap-2 rounded-xl px-3 py-2', remedyLooks[verdict])}>
      <p className="flex min-w-48 flex-1 items-start gap-2">
        <ArrowRight size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
        {t(remedy.key, remedy.values ?? {})}
      </p>
      {remedy.inSettings && (
        <Button size="small" onClick={() => show({ name: 'settings' })}>
          {t('diagnostics.openSettings')}
        </Button>
      )}
    </div>
  );
}

function DetailsTrigger({ name, title }: { name: string; title: string }) {
  const { t } = useTranslation();
  return (
    <Collapsible.Trigger
      className="group flex size-7 shrink-0 items-center justify-center rounded-lg text-ink-faint hover:bg-hover hover:text-ink"
      aria-label={t('diagnostics.detailsOf', { title })}
      data-testid={`${name}-details`}
    >
      <ChevronDown size={17} className="transition-transform group-data-[state=open]:rotate-180" />
    </Collapsible.Trigger>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="flex flex-col gap-1.5 rounded-xl bg-sunken px-3 py-2.5 text-xs">
      {facts.map(({ label, value }) => (
        <div key={`${label} ${value}`} className="flex flex-col gap-x-3 sm:flex-row">
          <dt className="shrink-0 text-ink-faint sm:w-36">{label}</dt>
          <dd className="selectable min-w-0 font-mono break-words text-ink-soft">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
