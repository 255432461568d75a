import { CircleCheck, Mic, TriangleAlert, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Meter } from '../ui/Meter.tsx';
import type { CaptureKind, CaptureState } from './capture.ts';
import { OwnPicture } from './Pictures.tsx';
import { type DeviceCheck, useCheck } from './use-check.ts';

/** How a device does, in one sentence; nothing before it was opened. */
export function CheckVerdict({ kind, state }: { kind: CaptureKind; state: CaptureState }) {
  const { t } = useTranslation();
  if (state.track === null && state.problem === null) return null;
  const good = state.problem === null;
  const Icon = good ? CircleCheck : TriangleAlert;
  return (
    <p
      role="status"
      data-testid={`${kind}-verdict`}
      data-verdict={state.problem ?? 'ok'}
      className={classes('flex items-start gap-2', good ? 'text-ink-soft' : 'text-warn-ink')}
    >
      <Icon size={16} className={classes('mt-0.5 shrink-0', good ? 'text-good' : 'text-warn')} />
      {t(`media.check.${kind}.${state.problem ?? 'ok'}`)}
    </p>
  );
}

export function MicrophoneLevel({ state }: { state: CaptureState }) {
  const { t } = useTranslation();
  return <Meter track={state.track} label={t('media.level')} />;
}

export function CameraPreview({ state }: { state: CaptureState }) {
  return (
    <div className="relative flex aspect-video w-full items-center justify-center overflow-hidden rounded-2xl bg-sunken text-ink-faint">
      <Video size={32} aria-hidden="true" />
      <OwnPicture track={state.track} className="absolute inset-0 size-full" />
    </div>
  );
}

function TestButton({ kind, check }: { kind: CaptureKind; check: DeviceCheck }) {
  const { t } = useTranslation();
  const Icon = kind === 'microphone' ? Mic : Video;
  const begin = t(kind === 'microphone' ? 'media.openMicrophone' : 'media.openCamera');
  return (
    <Button
      size="small"
      className="self-start"
      data-testid={`test-${kind}`}
      onClick={check.state.wanted ? check.stop : check.start}
    >
      <Icon size={16} />
      {check.state.wanted ? t('media.stop') : begin}
    </Button>
  );
}

/** A button that opens the microphone and the bar that then moves. */
export function MicrophoneCheck() {
  const check = useCheck('microphone');
  return (
    <>
      <TestButton kind="microphone" check={check} />
      {check.state.track !== null && <MicrophoneLevel state={check.state} />}
      <CheckVerdict kind="microphone" state={check.state} />
    </>
  );
}

/** A button that opens the camera and the picture it gives. */
export function CameraCheck() {
  const check = useCheck('camera');
  return (
    <>
      <TestButton kind="camera" check={check} />
      {check.state.track !== null && <CameraPreview state={check.state} />}
      <CheckVerdict kind="camera" state={check.state} />
    </>
  );
}
