import { useTranslation } from 'react-i18next';
import { Field } from '../ui/Field.tsx';
import { type NumberKind, readNumber, writeNumber } from './number-entry.ts';
import { useDraft } from './use-draft.ts';

interface NumberRuleProps<Value extends number | null> {
  readonly label: string;
  readonly hint?: string;
  readonly unit?: string;
  readonly className?: string;
  readonly testId: string;
  readonly kind: NumberKind;
  readonly value: Value;
  /** What an empty field means; absent where it means nothing. */
  readonly whenEmpty?: Value;
  keep(value: Value): Promise<boolean>;
}

/** A number that its user sets; kept when they have done with it. */
export function NumberRule<Value extends number | null>({
  value,
  kind,
  testId,
  whenEmpty,
  keep,
  ...field
}: NumberRuleProps<Value>) {
  const { t, i18n } = useTranslation();
  const write = (number: number) => writeNumber(number, i18n.language, kind);
  const { shown, problem, edit, settle } = useDraft<string, Value>({
    kept: value === null ? '' : write(value),
    read(typed) {
      if (whenEmpty !== undefined && typed.trim() === '') return { value: whenEmpty };
      const number = readNumber(typed, i18n.language, kind);
      if (number !== undefined) return { value: number as Value };
      const grouped = new Intl.NumberFormat(i18n.language);
      const bounds = { least: grouped.format(kind.least), most: grouped.format(kind.most) };
      return {
        problem: t(
          whenEmpty === undefined ? 'volunteer.problem.number' : 'volunteer.problem.numberOrEmpty',
          bounds,
        ),
      };
    },
    keep,
  });
  return (
    <Field
      {...field}
      data-testid={testId}
      inputMode={kind.decimals > 0 ? 'decimal' : 'numeric'}
      maxLength={12}
      value={shown}
      problem={problem}
      onChange={(event) => edit(event.target.value)}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle();
      }}
    />
  );
}
