import { Check, CircleHelp, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { classes } from '../ui/classes.ts';
import type { Evidence, Verdict } from './check.ts';
import { outlook } from './outlook.ts';
import { type NetworkKind, type Reach, reach } from './reach.ts';
import { VerdictIcon } from './Verdict.tsx';

const looks: Readonly<Record<Verdict, string>> = {
  good: 'border-transparent bg-accent-soft text-accent-ink',
  note: 'border-transparent bg-warn-soft text-warn-ink',
  bad: 'border-transparent bg-danger-soft text-danger-ink',
  pending: 'border-line bg-surface text-ink-soft',
  untested: 'border-line bg-surface text-ink-soft',
};

/** The whole page in a sentence: whom this computer calls directly, or what keeps it from calling at all. */
export function OutlookCard({ evidence }: { evidence: Evidence }) {
  const { t } = useTranslation();
  const { name, verdict, kind, overIPv6 } = outlook(evidence);
  return (
    <section
      className={classes('flex gap-4 rounded-3xl border p-5', looks[verdict])}
      aria-label={t('diagnostics.outlook.label')}
      data-testid="outlook"
      data-outlook={name}
      data-verdict={verdict}
    >
      <VerdictIcon verdict={verdict} size={28} />
      <div className="flex min-w-0 grow flex-col gap-2">
        <div role="status" className="flex flex-col gap-1">
          <h2 className="text-lg font-semibold text-ink">{t(`diagnostics.outlook.${name}.title`)}</h2>
          <p>{t(`diagnostics.outlook.${name}.words`)}</p>
          {overIPv6 && <p>{t('diagnostics.outlook.overIPv6')}</p>}
        </div>
        {kind !== undefined && <ReachList kind={kind} />}
      </div>
    </section>
  );
}

/** Networks as people know them; one that filters by address is as open to calls as one that does not filter. */
const SHOWN_KINDS: readonly NetworkKind[] = ['open', 'port', 'sequential', 'random'];
const signs = { yes: Check, perhaps: CircleHelp, no: X } as const satisfies Record<Reach, unknown>;

function ReachList({ kind }: { kind: NetworkKind }) {
  const { t } = useTranslation();
  return (
    <div className="mt-1">
      <p className="text-xs font-semibold">{t('diagnostics.reach.title')}</p>
      <ul className="mt-1.5 grid gap-x-5 gap-y-1.5 sm:grid-cols-2">
        {SHOWN_KINDS.map((other) => {
          const answer = reach(kind, other);
          const Sign = signs[answer];
          return (
            <li key={other} className="flex items-start gap-2" data-reach={`${other}-${answer}`}>
              <Sign size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
              <span>
                {t(`diagnostics.reach.${other}`)}
                <span className={answer === 'perhaps' ? '' : 'sr-only'}>
                  {` – ${t(`diagnostics.reach.${answer}`)}`}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
