import { CircleAlert, CircleCheck, CircleDashed, CircleX, LoaderCircle, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { NetworkState } from '../../shared/app.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { Page } from '../app/Page.tsx';
import { useApp } from '../app/store.ts';
import { endpoint } from '../call/path/addresses.ts';
import { CameraPreview, CheckVerdict, MicrophoneLevel } from '../media/Checks.tsx';
import { type DeviceCheck, useCheck } from '../media/use-check.ts';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { useFormat } from '../ui/use-format.ts';
import { interfaceStep, type Step, serverStep, socketsStep, stunStep, type Verdict } from './steps.ts';
import { useNetwork } from './store.ts';

/** Numbered steps from the cable to the camera, each with its verdict in words. */
export function Diagnostics() {
  const { t } = useTranslation();
  const network = useNetwork((store) => store.network);
  const server = useApp((store) => store.state?.server);
  const microphone = useCheck('microphone');
  const camera = useCheck('camera');
  if (network === null || server === undefined) return null;
  return (
    <Page
      title={t('diagnostics.title')}
      lead={t('diagnostics.lead')}
      action={
        <Button
          onClick={() => void engine().network.refresh().catch(failed)}
          data-testid="diagnostics-refresh"
        >
          <RefreshCw size={16} />
          {t('diagnostics.refresh')}
        </Button>
      }
    >
      <ol className="flex flex-col gap-3" data-testid="diagnostics-steps">
        <StepCard number={1} name="interface" step={interfaceStep(network)}>
          <Rows rows={network.hostAddresses.map(({ interfaceName, address }) => [interfaceName, address])} />
        </StepCard>
        <StepCard number={2} name="sockets" step={socketsStep(network)}>
          <Rows rows={network.sockets.map(({ family, port }) => [family, String(port)])} />
        </StepCard>
        <StepCard number={3} name="server" step={serverStep(server)} />
        <StepCard number={4} name="stun" step={stunStep(network)}>
          <StunRows stun={network.stun} />
        </StepCard>
        <StepCard number={5} name="microphone" step={deviceStep('microphone', microphone)}>
          <TestToggle kind="microphone" check={microphone} />
          {microphone.state.track !== null && <MicrophoneLevel state={microphone.state} />}
          <CheckVerdict kind="microphone" state={microphone.state} />
        </StepCard>
        <StepCard number={6} name="camera" step={deviceStep('camera', camera)}>
          <TestToggle kind="camera" check={camera} />
          {camera.state.track !== null && <CameraPreview state={camera.state} />}
          <CheckVerdict kind="camera" state={camera.state} />
        </StepCard>
      </ol>
    </Page>
  );
}

/** A device that was not tested has no verdict yet, only a hint. */
function deviceStep(kind: 'microphone' | 'camera', { state }: DeviceCheck): Step {
  if (state.problem !== null) return { verdict: 'bad' };
  if (state.track !== null) return { verdict: 'good' };
  return { verdict: 'untested', words: `diagnostics.${kind}Hint` };
}

function TestToggle({ kind, check }: { kind: 'microphone' | 'camera'; check: DeviceCheck }) {
  const { t } = useTranslation();
  const begin = t(kind === 'microphone' ? 'media.openMicrophone' : 'media.openCamera');
  return (
    <Button size="small" className="self-start" onClick={check.state.wanted ? check.stop : check.start}>
      {check.state.wanted ? t('media.stop') : begin}
    </Button>
  );
}

const icons: Record<Verdict, ReactNode> = {
  good: <CircleCheck size={20} className="text-good" />,
  note: <CircleAlert size={20} className="text-warn" />,
  bad: <CircleX size={20} className="text-danger" />,
  pending: <LoaderCircle size={20} className="animate-spin text-ink-faint" />,
  untested: <CircleDashed size={20} className="text-ink-faint" />,
};

interface StepCardProps {
  number: number;
  name: 'interface' | 'sockets' | 'server' | 'stun' | 'microphone' | 'camera';
  step: Step;
  children?: ReactNode;
}

function StepCard({ number, name, step, children }: StepCardProps) {
  const { t } = useTranslation();
  return (
    <li
      className="flex gap-4 rounded-3xl border border-line bg-surface p-5"
      data-testid={`step-${name}`}
      data-verdict={step.verdict}
    >
      <span
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-sunken text-xs font-semibold text-ink-soft"
        aria-hidden="true"
      >
        {number}
      </span>
      <div className="flex min-w-0 grow flex-col gap-3">
        <div className="flex items-center gap-3">
          <h2 className="grow text-base font-semibold">{t(`diagnostics.step.${name}`)}</h2>
          <span className="sr-only">{t(`diagnostics.verdict.${step.verdict}`)}</span>
          <span aria-hidden="true">{icons[step.verdict]}</span>
        </div>
        {step.words !== undefined && <p className="text-ink-soft">{t(step.words, step.values ?? {})}</p>}
        {children}
      </div>
    </li>
  );
}

function Rows({ rows }: { rows: readonly (readonly [name: string, value: string])[] }) {
  if (rows.length === 0) return null;
  return (
    <dl className="flex flex-col gap-1 text-xs">
      {rows.map(([name, value]) => (
        <div key={`${name} ${value}`} className="flex gap-3">
          <dt className="w-20 shrink-0 truncate text-ink-faint">{name}</dt>
          <dd className="selectable min-w-0 font-mono break-all text-ink-soft">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function StunRows({ stun }: { stun: NetworkState['stun'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (stun.length === 0) return null;
  return (
    <ul className="flex flex-col gap-2 text-xs">
      {stun.map(({ server, state, rttMs, mapped, nearest }) => (
        <li key={server} className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
          <span className="selectable min-w-0 grow font-mono break-all text-ink-soft">{server}</span>
          {nearest && (
            <span className="rounded-full bg-accent-soft px-2 py-0.5 text-accent-ink">
              {t('diagnostics.stunRow.nearest')}
            </span>
          )}
          <span
            className={classes('tabular-nums', state === 'answered' ? 'text-ink-soft' : 'text-ink-faint')}
          >
            {state === 'answered' ? format.ms(rttMs ?? 0) : t(`diagnostics.stunRow.${state}`)}
          </span>
          {mapped !== undefined && (
            <span className="selectable w-full font-mono break-all text-ink-faint">→ {endpoint(mapped)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
