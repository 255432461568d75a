import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../../shared/call.ts';
import { Button } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { useFormat } from '../../ui/use-format.ts';
import { useNow } from '../../ui/use-now.ts';
import { endpoint } from './addresses.ts';
import { layoutTimeline, type TimelineBar } from './timeline-layout.ts';

/** How many attempts are shown before somebody asks for all. */
const SHOWN_AT_FIRST = 5;

const colours = {
  succeeded: 'bg-good',
  waiting: 'bg-warn animate-pulse',
  failed: 'bg-danger',
  abandoned: 'bg-line-strong',
} as const;

/** Every attempt as a bar, every event as a mark, on one scale. */
export function Timeline({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [all, setAll] = useState(false);
  const waiting = call.phase !== 'ended' && call.path.attempts.some(({ outcome }) => outcome === 'waiting');
  const now = useNow(200, waiting);
  const { bars, marks, ticks } = layoutTimeline(call, (call.endedAt ?? now) - call.startedAt);
  const shown = all ? bars : bars.slice(0, SHOWN_AT_FIRST);
  const succeeded = bars.filter(({ attempt }) => attempt.outcome === 'succeeded').length;
  return (
    <>
      <p className="text-ink-soft">
        {bars.length === 0
          ? t('path.attemptsNone')
          : t('path.attemptsSummary', { succeeded, count: bars.length })}
      </p>
      {bars.length > 0 && (
        <div className="relative">
          <div className="relative mb-1 h-5" aria-hidden="true">
            {ticks.map(({ at, ms }) => (
              <span
                key={ms}
                className="absolute text-xs text-ink-faint tabular-nums"
                style={at > 0.85 ? { right: `${(1 - at) * 100}%` } : { left: `${at * 100}%` }}
              >
                {format.span(ms)}
              </span>
            ))}
          </div>
          <div className="pointer-events-none absolute inset-x-0 top-5 bottom-0" aria-hidden="true">
            {ticks.map(({ at, ms }) => (
              <span
                key={ms}
                className="absolute inset-y-0 w-px bg-line/60"
                style={{ left: `${at * 100}%` }}
              />
            ))}
            {marks.map(({ at, type, atMs }) => (
              <span
                key={`${type}${atMs}`}
                className="absolute -top-1 size-1.5 -translate-x-1/2 rounded-full bg-accent"
                style={{ left: `${at * 100}%` }}
              />
            ))}
          </div>
          <ul className="relative flex flex-col gap-2 py-1">
            {shown.map((bar) => (
              <Bar key={bar.attempt.id} bar={bar} />
            ))}
          </ul>
          {bars.length > SHOWN_AT_FIRST && (
            <Button size="small" look="quiet" onClick={() => setAll(!all)} aria-expanded={all}>
              {all ? t('path.showFewer') : t('path.showAll', { count: bars.length })}
            </Button>
          )}
        </div>
      )}
      <h4 className="mt-1 text-xs font-medium text-ink-faint">{t('path.events')}</h4>
      <ol className="-mt-2 flex flex-col gap-1">
        {call.timeline.map(({ type, atMs, detail }) => (
          <li key={`${type}${atMs}`} className="grid grid-cols-[4.2rem_1fr] gap-2">
            <span className="text-right text-ink-faint tabular-nums">{format.span(atMs)}</span>
            <span className="text-ink-soft">
              {t(`path.event.${type}`)}
              {detail !== undefined && type !== 'ended' && (
                <span className="selectable block font-mono text-xs break-all text-ink-faint">{detail}</span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Bar({ bar: { attempt, from, to, lengthMs } }: { bar: TimelineBar }) {
  const { t } = useTranslation();
  const format = useFormat();
  const outcome = t(`path.outcome.${attempt.outcome}`);
  const why = attempt.reason === undefined ? '' : t(`path.reason.${attempt.reason}`);
  return (
    <li
      aria-label={t('path.attemptLabel', {
        kind: t(`path.kind.${attempt.kind}`),
        local: endpoint(attempt.local),
        remote: endpoint(attempt.remote),
        outcome: why === '' ? outcome : `${outcome} (${why})`,
        duration: format.span(lengthMs),
        checks: attempt.checksSent,
      })}
      data-outcome={attempt.outcome}
    >
      <span className="flex justify-between gap-3 text-xs" aria-hidden="true">
        <span className="truncate font-mono text-ink-soft">→ {endpoint(attempt.remote)}</span>
        <span className="shrink-0 text-ink-faint">{why === '' ? outcome : why}</span>
      </span>
      <span className="relative mt-1 block h-1.5" aria-hidden="true">
        <span
          className={classes('absolute inset-y-0 rounded-full', colours[attempt.outcome])}
          style={{ left: `${from * 100}%`, width: `${(to - from) * 100}%` }}
        />
      </span>
    </li>
  );
}
