import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Banners } from '../app/Banners.tsx';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { appStore, useApp } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Logo } from '../ui/Logo.tsx';
import { DevicesStep } from './DevicesStep.tsx';

/** First start: a name, a look at microphone and camera, nothing else. */
export function Welcome() {
  const named = useApp((store) => (store.state?.profile.name ?? '') !== '');
  const step = useApp((store) => store.welcomeStep);
  const second = named && step === 'devices';
  return (
    <div className="flex h-full flex-col">
      <Banners />
      <main className="quiet-scroll flex grow flex-col">
        <div className="m-auto w-full max-w-md animate-rise px-6 py-8" key={second ? 'devices' : 'name'}>
          {second ? <DevicesStep /> : <NameStep />}
        </div>
      </main>
    </div>
  );
}

function NameStep() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const submit = async (chosen: string) => {
    appStore.setState({ welcomeStep: 'devices' });
    try {
      await engine().app.setName({ name: chosen });
    } catch (error) {
      failed(error);
      appStore.setState({ welcomeStep: 'name' });
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void submit(name.trim());
  };
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-6">
      <div>
        <Logo size={56} />
        <h1 className="mt-6 text-2xl font-semibold tracking-tight">{t('welcome.title')}</h1>
        <p className="mt-2 text-base text-ink-soft">{t('welcome.lead')}</p>
      </div>
      <div className="rounded-3xl border border-line bg-surface p-6 shadow-card">
        <p className="text-xs text-ink-faint">{t('welcome.step', { step: 1 })}</p>
        <h2 className="mt-1 mb-5 text-lg font-semibold">{t('welcome.nameTitle')}</h2>
        <Field
          label={t('welcome.nameLabel')}
          hint={t('welcome.nameHint')}
          data-testid="welcome-name"
          autoFocus
          maxLength={64}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button
          type="submit"
          look="primary"
          size="large"
          className="mt-6 w-full"
          data-testid="welcome-next"
          disabled={name.trim() === ''}
        >
          {t('welcome.next')}
        </Button>
      </div>
      <Button
        look="quiet"
        size="small"
        data-testid="welcome-skip-name"
        onClick={() => void submit(t('welcome.defaultName'))}
      >
        {t('welcome.skipName', { name: t('welcome.defaultName') })}
      </Button>
    </form>
  );
}
