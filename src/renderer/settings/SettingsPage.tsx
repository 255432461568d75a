import { Volume2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from 'sonner';
import type { Settings } from '../../shared/app.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { LANGUAGES } from '../app/i18n.ts';
import { Card, Page } from '../app/Page.tsx';
import { useApp } from '../app/store.ts';
import { CameraCheck, MicrophoneCheck } from '../media/Checks.tsx';
import { chooseDevice, deviceOptions, presentChoice } from '../media/choices.ts';
import { playTestSound } from '../media/ring.ts';
import { useMedia } from '../media/store.ts';
import { Button } from '../ui/Button.tsx';
import { Choice } from '../ui/Choice.tsx';
import { Field } from '../ui/Field.tsx';
import { Toggle } from '../ui/Toggle.tsx';
import { isServerAddress } from './server-address.ts';

const THEMES = ['system', 'light', 'dark'] as const;
const change = (settings: Partial<Settings>) => void engine().app.updateSettings(settings).catch(failed);

/** Everything that can be set; each change is kept at once. */
export function SettingsPage() {
  const { t } = useTranslation();
  const state = useApp((store) => store.state);
  if (state === null) return null;
  const { settings } = state;
  return (
    <Page title={t('settings.title')}>
      <Card title={t('settings.you')}>
        <NameForm name={state.profile.name} />
      </Card>
      <Card title={t('settings.server')}>
        <ServerForm />
      </Card>
      <Card title={t('settings.network')}>
        <Toggle
          label={t('settings.routerMappings')}
          hint={t('settings.routerMappingsHint')}
          on={settings.routerMappings}
          onChange={(routerMappings) => change({ routerMappings })}
        />
        <Toggle
          label={t('settings.hideAddress')}
          hint={t('settings.hideAddressHint')}
          testId="hide-address"
          on={settings.hideAddress}
          onChange={(hideAddress) => change({ hideAddress })}
        />
      </Card>
      <Card title={t('settings.devices')}>
        <Devices settings={settings} />
        <Toggle
          label={t('settings.ringtone')}
          on={settings.ringtone}
          onChange={(ringtone) => change({ ringtone })}
        />
      </Card>
      <Card title={t('settings.appearance')}>
        <div className="grid gap-4 sm:grid-cols-2">
          <Choice
            label={t('settings.theme')}
            testId="theme"
            value={settings.theme}
            options={THEMES.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
            onChoose={(chosen) => {
              const theme = THEMES.find((value) => value === chosen);
              if (theme !== undefined) change({ theme });
            }}
          />
          <Choice
            label={t('settings.language')}
            testId="language"
            value={LANGUAGES.find((language) => language === settings.language) ?? 'system'}
            options={(['system', ...LANGUAGES] as const).map((value) => ({
              value,
              label: t(`settings.languages.${value}`),
            }))}
            onChoose={(language) => change({ language })}
          />
        </div>
      </Card>
      <p className="text-center text-xs text-ink-faint">
        {t('settings.version', { version: state.version })}
      </p>
    </Page>
  );
}

function NameForm({ name: present }: { name: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState(present);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    engine()
      .app.setName({ name: name.trim() })
      .then(() => toast.success(t('settings.saved')), failed);
  };
  return (
    <form onSubmit={submit} className="flex items-start gap-3">
      <Field
        className="grow"
        label={t('settings.name')}
        hint={t('settings.nameHint')}
        data-testid="settings-name"
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button
        type="submit"
        className="mt-[27px] h-11"
        disabled={name.trim() === '' || name.trim() === present}
      >
        {t('app.save')}
      </Button>
    </form>
  );
}

function ServerForm() {
  const { t } = useTranslation();
  const server = useApp((store) => store.state?.server);
  const present = useApp((store) => store.state?.settings.serverUrl ?? '');
  const [url, setUrl] = useState<string>(present);
  const [problem, setProblem] = useState<string>();
  if (server === undefined) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const serverUrl = url.trim();
    if (!isServerAddress(serverUrl)) {
      setProblem(t('settings.serverInvalid'));
      return;
    }
    engine()
      .app.updateSettings({ serverUrl })
      .then(() => toast.success(t('settings.saved')), failed);
  };
  return (
    <>
      <p className="text-ink-soft">{t('settings.serverHint')}</p>
      <form onSubmit={submit} className="flex items-start gap-3">
        <Field
          className="grow"
          label={t('settings.serverLabel')}
          placeholder={t('settings.serverPlaceholder')}
          hint={t('settings.serverEmpty')}
          problem={problem}
          data-testid="settings-server"
          inputMode="url"
          value={url}
          onChange={(event) => {
            setUrl(event.target.value);
            setProblem(undefined);
          }}
        />
        <Button
          type="submit"
          className="mt-[27px] h-11"
          data-testid="settings-server-save"
          disabled={url.trim() === present}
        >
          {t('app.save')}
        </Button>
      </form>
      <div className="rounded-2xl bg-sunken px-4 py-3" role="status">
        <p className="flex flex-wrap gap-x-2 font-medium">
          {t(`server.${server.state}`)}
          <span className="selectable font-normal break-all text-ink-soft">{server.url}</span>
        </p>
        {server.state !== 'connected' && server.reason !== undefined && (
          <p className="mt-1 text-ink-soft">{t(`server.reason.${server.reason}`)}</p>
        )}
        {server.embedded && <p className="mt-1 text-ink-soft">{t('server.embeddedMeans')}</p>}
      </div>
    </>
  );
}

function Devices({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const { microphones, cameras, speakers } = useMedia((store) => store.devices);
  return (
    <>
      <Choice
        label={t('media.microphone')}
        testId="settings-microphone"
        value={presentChoice(microphones, settings.microphoneId)}
        options={deviceOptions(microphones, t)}
        onChoose={(id) => chooseDevice('microphoneId', id)}
      />
      <MicrophoneCheck />
      <Choice
        label={t('media.camera')}
        testId="settings-camera"
        value={presentChoice(cameras, settings.cameraId)}
        options={deviceOptions(cameras, t)}
        onChoose={(id) => chooseDevice('cameraId', id)}
      />
      <CameraCheck />
      <Choice
        label={t('media.speaker')}
        testId="settings-speaker"
        value={presentChoice(speakers, settings.speakerId)}
        options={deviceOptions(speakers, t)}
        onChoose={(id) => chooseDevice('speakerId', id)}
      />
      <Button
        size="small"
        className="self-start"
        onClick={() => void playTestSound(settings.speakerId).catch(failed)}
      >
        <Volume2 size={16} />
        {t('media.testSpeaker')}
      </Button>
    </>
  );
}
