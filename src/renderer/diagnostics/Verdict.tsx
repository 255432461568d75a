import { CircleAlert, CircleCheck, CircleDashed, CircleX, LoaderCircle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from './check.ts';

const icons = {
  good: [CircleCheck, 'text-good'],
  note: [CircleAlert, 'text-warn'],
  bad: [CircleX, 'text-danger'],
  pending: [LoaderCircle, 'animate-spin text-ink-faint'],
  untested: [CircleDashed, 'text-ink-faint'],
} as const satisfies Record<Verdict, unknown>;

/** A verdict as a sign, and as words for who cannot see it. */
export function VerdictIcon({ verdict, size = 20 }: { verdict: Verdict; size?: number }) {
  const { t } = useTranslation();
  const [Icon, look] = icons[verdict];
  return (
    <span className="shrink-0">
      <span className="sr-only">{t(`diagnostics.verdict.${verdict}`)}</span>
      <Icon size={size} className={look} aria-hidden="true" />
    </span>
  );
}
