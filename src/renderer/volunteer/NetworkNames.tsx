import { X } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNetwork } from '../diagnostics/store.ts';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { NoteLine, type ToggleNote } from '../ui/Toggle.tsx';

/** As the schema of the rules bounds them. */
const MOST_NAMES = 32;
const MOST_CHARACTERS = 64;

interface NetworkNamesProps {
  readonly names: readonly string[];
  readonly note: ToggleNote | undefined;
  keep(names: string[]): Promise<boolean>;
}

const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** Networks in which it never serves. */
export function NetworkNames({ names, note, keep }: NetworkNamesProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = typed.trim();
    if (name === '') return;
    if (names.some((known) => isSame(known, name))) setProblem(t('volunteer.problem.nameKnown'));
    else if (names.length >= MOST_NAMES) setProblem(t('volunteer.problem.namesFull', { most: MOST_NAMES }));
    else void keep([...names, name]).then((isKept) => isKept && setTyped(''));
  };
  const remove = (name: string) => {
    void keep(names.filter((other) => other !== name));
    field.current?.focus();
  };
  return (
    <div className="flex flex-col gap-3">
      <form onSubmit={submit} className="flex items-start gap-3">
        <Field
          ref={field}
          className="grow"
          label={t('volunteer.rules.never')}
          hint={t('volunteer.rules.neverHint')}
          problem={problem}
          data-testid="volunteer-rule-never"
          maxLength={MOST_CHARACTERS}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setProblem(undefined);
          }}
        />
        <Button type="submit" className="mt-[27px] h-11" disabled={typed.trim() === ''}>
          {t('volunteer.rules.neverAdd')}
        </Button>
      </form>
      <NoteLine note={note} />
      {names.length > 0 && (
        <ul className="flex flex-wrap gap-2" aria-label={t('volunteer.rules.never')}>
          {names.map((name) => (
            <li
              key={name}
              className="flex max-w-full items-center gap-1 rounded-xl bg-sunken py-1 pr-1 pl-3"
              data-testid="volunteer-never"
            >
              <span className="min-w-0 truncate">{name}</span>
              <IconButton
                size="small"
                label={t('volunteer.rules.neverRemove', { name })}
                icon={<X size={15} />}
                onClick={() => remove(name)}
              />
            </li>
          ))}
        </ul>
      )}
      <Present names={names} add={(name) => void keep([...names, name])} />
    </div>
  );
}

/** The interfaces that are up, one click away from the list. */
function Present({ names, add }: { names: readonly string[]; add(name: string): void }) {
  const { t } = useTranslation();
  const addresses = useNetwork((store) => store.network?.hostAddresses);
  const present = [...new Set(addresses?.map(({ interfaceName }) => interfaceName))].filter(
    (name) => !names.some((known) => isSame(known, name)),
  );
  if (present.length === 0 || names.length >= MOST_NAMES) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 text-xs text-ink-faint">
      {t('volunteer.rules.present')}
      {present.map((name) => (
        <Button key={name} size="small" look="quiet" onClick={() => add(name)}>
          {name}
        </Button>
      ))}
    </p>
  );
}
