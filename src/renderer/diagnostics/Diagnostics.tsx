import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { Page } from '../app/Page.tsx';
import { useApp } from '../app/store.ts';
import { CameraPreview, MicrophoneLevel } from '../media/Checks.tsx';
import { type DeviceCheck, useCheck } from '../media/use-check.ts';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { useFormat } from '../ui/use-format.ts';
import { CheckRow } from './CheckRow.tsx';
import type { Check, Evidence } from './check.ts';
import { NETWORK_CHECKS, NETWORK_GROUPS, type NumberedCheck, numberedChecks } from './checks.ts';
import { factsOf } from './facts.ts';
import { OutlookCard } from './OutlookCard.tsx';
import { ReportCard } from './ReportCard.tsx';
import { useNetwork } from './store.ts';

/** The page for when calls do not connect: a summary, numbered checks from the cable to the camera, and a report to hand on. */
export function Diagnostics() {
  const { t } = useTranslation();
  const { network, report } = useNetwork((store) => store);
  const app = useApp((store) => store.state);
  const microphone = useCheck('microphone');
  const camera = useCheck('camera');
  if (network === null || report === null || app === null) return null;
  const { hideAddress } = app.settings;
  const evidence: Evidence = { network, report, server: app.server, hidesAddress: hideAddress };
  const checks = numberedChecks(evidence);
  const devices = [
    { name: 'microphone', check: deviceCheck('microphone', microphone) },
    { name: 'camera', check: deviceCheck('camera', camera) },
  ] as const;
  return (
    <Page
      title={t('diagnostics.title')}
      lead={t('diagnostics.lead')}
      action={<CheckAgain running={report.running} />}
    >
      <OutlookCard evidence={evidence} />
      <div className="flex flex-col gap-5" data-testid="diagnostics-steps">
        {(['computer', 'internet', 'router'] as const).map((group) => (
          <Group key={group} title={t(`diagnostics.group.${group}`)}>
            {checks
              .filter(({ name }) => isIn(group, name))
              .map((check) => (
                <NetworkRow key={check.name} check={check} evidence={evidence} />
              ))}
          </Group>
        ))}
        <Group title={t('diagnostics.group.devices')}>
          {devices.map(({ name, check }, index) => (
            <CheckRow
              key={name}
              number={NETWORK_CHECKS.length + 1 + index}
              name={name}
              title={t(`diagnostics.check.${name}`)}
              check={check}
            >
              <DeviceTest kind={name} check={name === 'microphone' ? microphone : camera} />
            </CheckRow>
          ))}
        </Group>
      </div>
      <ReportCard subject={{ evidence, version: app.version, host: app.host, devices }} />
    </Page>
  );
}

function CheckAgain({ running }: { running: boolean }) {
  const { t } = useTranslation();
  return (
    <Button
      onClick={() => void engine().network.refresh().catch(failed)}
      data-testid="diagnostics-refresh"
      data-running={running}
    >
      <RefreshCw size={16} className={classes(running && 'animate-spin')} />
      <span className="max-[480px]:sr-only">{t('diagnostics.refresh')}</span>
    </Button>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="mb-2 px-1 text-sm font-semibold text-ink-soft">{title}</h2>
      <ol className="rounded-3xl border border-line bg-surface">{children}</ol>
    </section>
  );
}

function isIn(group: keyof typeof NETWORK_GROUPS, name: NumberedCheck['name']): boolean {
  return NETWORK_GROUPS[group].some((member) => member === name);
}

function NetworkRow({ check, evidence }: { check: NumberedCheck; evidence: Evidence }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <CheckRow
      number={check.number}
      name={check.name}
      title={t(`diagnostics.check.${check.name}`)}
      check={check}
      facts={factsOf(check.name, evidence, { t, format })}
    />
  );
}

/** A device that was not tested has no verdict yet, only a hint. */
function deviceCheck(kind: 'microphone' | 'camera', { state }: DeviceCheck): Check {
  if (state.problem !== null) {
    return { verdict: 'bad', words: { key: `media.check.${kind}.${state.problem}` } };
  }
  if (state.track !== null) return { verdict: 'good', words: { key: `media.check.${kind}.ok` } };
  return { verdict: 'untested', words: { key: `diagnostics.${kind}Hint` } };
}

function DeviceTest({ kind, check }: { kind: 'microphone' | 'camera'; check: DeviceCheck }) {
  const { t } = useTranslation();
  const begin = t(kind === 'microphone' ? 'media.openMicrophone' : 'media.openCamera');
  const { state } = check;
  return (
    <>
      <Button size="small" className="self-start" onClick={state.wanted ? check.stop : check.start}>
        {state.wanted ? t('media.stop') : begin}
      </Button>
      {state.track !== null && kind === 'microphone' && <MicrophoneLevel state={state} />}
      {state.track !== null && kind === 'camera' && <CameraPreview state={state} />}
    </>
  );
}
