import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { failureSentence } from '../app/failures.ts';
import { appStore, useApp } from '../app/store.ts';
import { Button } from '../ui/Button.tsx';
import { CopyButton } from '../ui/CopyButton.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field } from '../ui/Field.tsx';
import { QrCode } from '../ui/QrCode.tsx';
import { addContact } from './actions.ts';

const setOpen = (adding: boolean) => appStore.setState({ adding, offeredLink: '' });

/** Both ways to become contacts: give away the own link, or paste theirs. */
export function AddContact() {
  const { t } = useTranslation();
  const open = useApp((store) => store.adding);
  const offeredLink = useApp((store) => store.offeredLink);
  return (
    <Dialog open={open} onOpenChange={setOpen} title={t('add.title')} description={t('add.lead')} wide>
      <div className="grid gap-8 md:grid-cols-2">
        <Theirs key={offeredLink} />
        <Mine />
      </div>
    </Dialog>
  );
}

function Theirs() {
  const { t } = useTranslation();
  const [link, setLink] = useState(useApp((store) => store.offeredLink));
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await addContact(link, name);
      setOpen(false);
    } catch (error) {
      setProblem(failureSentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => void submit(event)}
      className="flex flex-col gap-4"
      aria-label={t('add.theirs')}
    >
      <h3 className="text-base font-semibold">{t('add.theirs')}</h3>
      <Field
        label={t('add.theirsLabel')}
        placeholder={t('add.theirsPlaceholder')}
        data-testid="paste-link"
        autoFocus
        maxLength={512}
        value={link}
        problem={problem}
        onChange={(event) => {
          setLink(event.target.value);
          setProblem(undefined);
        }}
      />
      <Field
        label={t('add.nameLabel')}
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Button
        type="submit"
        look="primary"
        data-testid="add-submit"
        disabled={busy || link.trim() === ''}
        className="self-start"
      >
        {t('add.submit')}
      </Button>
    </form>
  );
}

function Mine() {
  const { t } = useTranslation();
  const profile = useApp((store) => store.state?.profile);
  if (profile === undefined) return null;
  return (
    <section aria-label={t('add.mine')} className="flex flex-col gap-4">
      <h3 className="text-base font-semibold">{t('add.mine')}</h3>
      <Field
        label={t('add.mine')}
        hideLabel
        hint={t('add.mineHint')}
        data-testid="my-link"
        readOnly
        value={profile.link}
        onFocus={(event) => event.target.select()}
      />
      <div className="flex flex-wrap items-start gap-5">
        <div className="w-36 shrink-0 overflow-hidden rounded-xl border border-line">
          <QrCode text={profile.link} label={t('add.qr')} />
        </div>
        <CopyButton text={profile.link} label={t('add.copyLink')} />
      </div>
      <div>
        <p className="text-xs text-ink-faint">{t('add.spelled')}</p>
        <p
          className="selectable mt-1 font-mono text-xs leading-5 break-words text-ink-soft"
          data-testid="my-spelled"
        >
          {profile.spelled}
        </p>
      </div>
    </section>
  );
}
