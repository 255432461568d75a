import { Mic } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { appStore, selectSettings, useApp } from '../app/store.ts';
import { CameraPreview, CheckVerdict, MicrophoneLevel } from '../media/Checks.tsx';
import { chooseDevice, deviceOptions, presentChoice } from '../media/choices.ts';
import { useMedia } from '../media/store.ts';
import { useCheck } from '../media/use-check.ts';
import { Button } from '../ui/Button.tsx';
import { Choice } from '../ui/Choice.tsx';

const finish = () => appStore.setState({ welcomeStep: 'done' });

/** Microphone and camera, opened only when asked to. */
export function DevicesStep() {
  const { t } = useTranslation();
  const microphone = useCheck('microphone');
  const camera = useCheck('camera');
  const devices = useMedia((store) => store.devices);
  const settings = useApp(selectSettings);
  const started = microphone.state.wanted || camera.state.wanted;
  return (
    <div className="rounded-3xl border border-line bg-surface p-6 shadow-card">
      <p className="text-xs text-ink-faint">{t('welcome.step', { step: 2 })}</p>
      <h1 className="mt-1 text-lg font-semibold">{t('welcome.devicesTitle')}</h1>
      <p className="mt-1 mb-5 text-ink-soft">{t('welcome.devicesHint')}</p>
      <div className="flex flex-col gap-4">
        <CameraPreview state={camera.state} />
        <div className="flex items-center gap-3">
          <Mic size={18} className="shrink-0 text-ink-faint" aria-hidden="true" />
          <MicrophoneLevel state={microphone.state} />
        </div>
        <CheckVerdict kind="microphone" state={microphone.state} />
        <CheckVerdict kind="camera" state={camera.state} />
        {started && settings !== undefined && (
          <div className="grid gap-3 sm:grid-cols-2">
            <Choice
              label={t('media.microphone')}
              value={presentChoice(devices.microphones, settings.microphoneId)}
              options={deviceOptions(devices.microphones, t)}
              onChoose={(id) => chooseDevice('microphoneId', id)}
            />
            <Choice
              label={t('media.camera')}
              value={presentChoice(devices.cameras, settings.cameraId)}
              options={deviceOptions(devices.cameras, t)}
              onChoose={(id) => chooseDevice('cameraId', id)}
            />
          </div>
        )}
      </div>
      {started ? (
        <Button
          look="primary"
          size="large"
          className="mt-6 w-full"
          data-testid="welcome-finish"
          autoFocus
          onClick={finish}
        >
          {t('welcome.finish')}
        </Button>
      ) : (
        <>
          <Button
            look="primary"
            size="large"
            className="mt-6 w-full"
            data-testid="welcome-check"
            autoFocus
            onClick={() => {
              microphone.start();
              camera.start();
            }}
          >
            {t('welcome.start')}
          </Button>
          <Button look="quiet" className="mt-2 w-full" data-testid="welcome-finish" onClick={finish}>
            {t('welcome.skip')}
          </Button>
        </>
      )}
    </div>
  );
}
