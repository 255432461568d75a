import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { Card } from '../app/Page.tsx';
import { Button } from '../ui/Button.tsx';
import { Figure } from '../ui/Figure.tsx';
import { useFormat } from '../ui/use-format.ts';
import { BRIDGES_SHOWN } from './constants.ts';
import { useRules } from './store.ts';

/** What passes through at this moment, what bounds it, and what that costs this computer. */
export function NowCard({ volunteer: { bridges, limit, cost } }: { volunteer: VolunteerState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rules = useRules();
  const kbitPerS = bridges.reduce((sum, bridge) => sum + bridge.kbitPerS, 0);
  const rate = format.bitrate(limit.kbitPerS * 1_000);
  return (
    <Card title={t('volunteer.nowTitle')}>
      <dl className="grid grid-cols-2 gap-2">
        <Figure
          name={t('volunteer.now.calls')}
          value={String(bridges.length)}
          note={rules && t('volunteer.now.atMost', { value: rules.bridges })}
          testId="volunteer-calls"
        />
        <Figure
          name={t('volunteer.now.rate')}
          value={format.bitrate(kbitPerS * 1_000)}
          note={t('volunteer.now.atMost', { value: rate })}
          testId="volunteer-rate"
        />
        <Figure
          name={t('volunteer.now.processor')}
          value={format.percent(cost.cpuPercent)}
          note={t('volunteer.now.processorOf')}
          testId="volunteer-cpu"
        />
        <Figure
          name={t('volunteer.now.memory')}
          value={format.bytes(cost.memoryBytes)}
          note={t('volunteer.now.memoryOf')}
          testId="volunteer-memory"
        />
      </dl>
      <p className="text-ink-soft" data-testid="volunteer-limit" data-by={limit.by}>
        {t(`volunteer.limit.${limit.by}`, { rate })}
      </p>
      <Bridges bridges={bridges} />
    </Card>
  );
}

function Bridges({ bridges }: Pick<VolunteerState, 'bridges'>) {
  const { t } = useTranslation();
  const format = useFormat();
  const [all, setAll] = useState(false);
  if (bridges.length === 0) return <p className="text-ink-soft">{t('volunteer.nobody')}</p>;
  const shown = all ? bridges : bridges.slice(0, BRIDGES_SHOWN);
  return (
    <div>
      <table className="w-full tabular-nums" data-testid="volunteer-bridges">
        <thead className="text-xs text-ink-faint">
          <tr>
            {(['age', 'rate', 'dropped'] as const).map((column) => (
              <th
                key={column}
                scope="col"
                className="px-3 pb-1.5 text-right font-medium first:pl-0 first:text-left last:pr-0"
              >
                {t(`volunteer.bridge.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ ageS, kbitPerS, droppedPercent }, index) => (
            // Bridges have no names here: what tells them apart is that the oldest comes first.
            <tr key={index} className="border-t border-line">
              <td className="py-1.5 pr-3">{format.clock(ageS)}</td>
              <td className="px-3 py-1.5 text-right">{format.bitrate(kbitPerS * 1_000)}</td>
              <td className="py-1.5 pl-3 text-right">{format.percent(droppedPercent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {bridges.length > BRIDGES_SHOWN && (
        <Button size="small" look="quiet" className="mt-2" onClick={() => setAll(!all)}>
          {all ? t('path.showFewer') : t('path.showAll', { count: bridges.length })}
        </Button>
      )}
      <p className="mt-2 text-xs text-ink-faint">{t('volunteer.bridge.neverWho')}</p>
    </div>
  );
}
