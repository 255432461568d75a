import { ChevronDown } from 'lucide-react';
import { Collapsible } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../app/Page.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { Toggle } from '../ui/Toggle.tsx';
import { useFormat } from '../ui/use-format.ts';
import { type ReportSubject, reportText } from './report-text.ts';

/** The report as a text to send to who helps. It leaves without addresses unless they are asked for, and can be read first. */
export function ReportCard({ subject }: { subject: ReportSubject }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [addresses, setAddresses] = useState(false);
  const text = reportText(subject, { t, format }, addresses);
  return (
    <Card title={t('diagnostics.report.title')}>
      <p className="text-ink-soft">{t('diagnostics.report.lead')}</p>
      <Toggle label={t('diagnostics.report.withAddresses')} on={addresses} onChange={setAddresses} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <CopyButton text={text} label={t('diagnostics.report.copy')} data-testid="report-copy" />
        <p className="min-w-48 flex-1 text-xs text-ink-soft" role="status">
          {t(addresses ? 'diagnostics.report.holdsAddresses' : 'diagnostics.report.holdsNone')}
        </p>
      </div>
      <Collapsible.Root>
        <Collapsible.Trigger
          className="group -ml-2 flex h-8 items-center gap-1 rounded-lg px-2 font-medium text-ink-soft hover:bg-hover hover:text-ink"
          data-testid="report-preview"
        >
          {t('diagnostics.report.preview')}
          <ChevronDown size={16} className="transition-transform group-data-[state=open]:rotate-180" />
        </Collapsible.Trigger>
        <Collapsible.Content>
          <textarea
            readOnly
            value={text}
            rows={12}
            aria-label={t('diagnostics.report.title')}
            className="quiet-scroll selectable mt-2 w-full resize-none rounded-2xl bg-sunken p-4 font-mono text-xs text-ink-soft"
            data-testid="report-text"
          />
        </Collapsible.Content>
      </Collapsible.Root>
    </Card>
  );
}
