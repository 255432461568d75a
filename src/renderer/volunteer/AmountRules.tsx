import { useTranslation } from 'react-i18next';
import type { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import { Card } from '../app/Page.tsx';
import { classes } from '../ui/classes.ts';
import { useFormat } from '../ui/use-format.ts';
import { useNow } from '../ui/use-now.ts';
import { NEARLY_USED } from './constants.ts';
import { NumberRule } from './NumberRule.tsx';
import { changeRules } from './store.ts';

/** As the schema of the rules bounds them, in the units of the page. */
const MBIT_PER_S = { least: 0.1, most: 1_000, decimals: 1 };
const CALLS = { least: 1, most: 1_000, decimals: 0 };
const PERCENT = { least: 5, most: 100, decimals: 0 };
const GIGABYTES = { least: 1, most: 100_000, decimals: 0 };

const toKbit = (mbit: number) => Math.round(mbit * 1_000);

/** How much of the line, and of the month. */
export function AmountRules({ rules, month }: { rules: VolunteerSettings; month: VolunteerState['month'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { lineUpKbitPerS, linePercent, upKbitPerS } = rules;
  const share = lineUpKbitPerS === null ? undefined : (lineUpKbitPerS * linePercent) / 100;
  return (
    <Card title={t('volunteer.amountTitle')}>
      <div className="grid items-start gap-4 sm:grid-cols-3">
        <NumberRule
          label={t('volunteer.rules.calls')}
          testId="volunteer-rule-calls"
          kind={CALLS}
          value={rules.bridges}
          keep={(bridges) => changeRules({ bridges })}
        />
        <NumberRule
          label={t('volunteer.rules.up')}
          unit={t('volunteer.rules.megabits')}
          testId="volunteer-rule-up"
          kind={MBIT_PER_S}
          value={upKbitPerS / 1_000}
          keep={(mbit) => changeRules({ upKbitPerS: toKbit(mbit) })}
        />
        <NumberRule
          label={t('volunteer.rules.down')}
          unit={t('volunteer.rules.megabits')}
          testId="volunteer-rule-down"
          kind={MBIT_PER_S}
          value={rules.downKbitPerS / 1_000}
          keep={(mbit) => changeRules({ downKbitPerS: toKbit(mbit) })}
        />
      </div>
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <NumberRule
          label={t('volunteer.rules.line')}
          hint={t('volunteer.rules.lineHint')}
          unit={t('volunteer.rules.megabits')}
          testId="volunteer-rule-line"
          kind={MBIT_PER_S}
          value={lineUpKbitPerS === null ? null : lineUpKbitPerS / 1_000}
          whenEmpty={null}
          keep={(mbit) => changeRules({ lineUpKbitPerS: mbit === null ? null : toKbit(mbit) })}
        />
        {share !== undefined && (
          <NumberRule
            label={t('volunteer.rules.share')}
            hint={
              share < upKbitPerS
                ? t('volunteer.rules.shareCounts', { rate: format.bitrate(share * 1_000) })
                : t('volunteer.rules.shareIdle', { rate: format.bitrate(share * 1_000) })
            }
            unit="%"
            testId="volunteer-rule-share"
            kind={PERCENT}
            value={linePercent}
            keep={(percent) => changeRules({ linePercent: percent })}
          />
        )}
        <NumberRule
          label={t('volunteer.rules.month')}
          hint={t('volunteer.rules.monthHint')}
          unit={t('volunteer.rules.gigabytes')}
          testId="volunteer-rule-month"
          kind={GIGABYTES}
          value={rules.monthlyGB}
          whenEmpty={null}
          keep={(monthlyGB) => changeRules({ monthlyGB })}
        />
      </div>
      <Allowance month={month} />
    </Card>
  );
}

function Allowance({ month: { usedBytes, allowanceBytes, renewsMs } }: Pick<VolunteerState, 'month'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const until = format.until(renewsMs, useNow(60_000));
  const used = format.bytes(usedBytes);
  if (allowanceBytes === null) {
    return (
      <p className="text-ink-soft" data-testid="volunteer-allowance">
        {t('volunteer.allowance.none', { used })}
      </p>
    );
  }
  const part = Math.min(1, usedBytes / allowanceBytes);
  const allowance = format.bytes(allowanceBytes);
  return (
    <div data-testid="volunteer-allowance">
      <meter
        className="sr-only"
        aria-label={t('volunteer.allowance.label')}
        min={0}
        max={100}
        value={Math.round(part * 100)}
      />
      <div className="h-2.5 w-full overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div
          className={classes('h-full rounded-full', part >= NEARLY_USED ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${part * 100}%` }}
        />
      </div>
      <p className="mt-1.5 flex flex-wrap justify-between gap-x-4 text-ink-soft tabular-nums">
        <span>{t('volunteer.allowance.used', { used, allowance })}</span>
        <span>
          {t('volunteer.allowance.left', {
            left: format.bytes(Math.max(0, allowanceBytes - usedBytes)),
            until,
          })}
        </span>
      </p>
    </div>
  );
}
