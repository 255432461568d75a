import { type ComponentProps, useId } from 'react';
import { classes } from './classes.ts';

interface FieldProps extends ComponentProps<'input'> {
  label: string;
  hint?: string | undefined;
  /** One sentence that says what is wrong and what to do. */
  problem?: string | undefined;
  hideLabel?: boolean;
}

/** A line of text with its label, a hint, and a sentence when something is wrong with it. */
export function Field({ label, hint, problem, hideLabel, className, ...rest }: FieldProps) {
  const id = useId();
  const told = problem ?? hint;
  return (
    <div className={classes('min-w-0', className)}>
      <label htmlFor={id} className={hideLabel === true ? 'sr-only' : 'mb-1.5 block text-sm font-medium'}>
        {label}
      </label>
      <input
        id={id}
        spellCheck={false}
        autoComplete="off"
        {...rest}
        aria-invalid={problem !== undefined}
        aria-describedby={told === undefined ? undefined : `${id}-told`}
        className="h-11 w-full rounded-xl border border-line bg-raised px-3.5 text-sm text-ink placeholder:text-ink-faint hover:border-line-strong aria-invalid:border-danger"
      />
      {told !== undefined && (
        <p
          id={`${id}-told`}
          role={problem === undefined ? undefined : 'alert'}
          className={classes('mt-1.5 text-xs', problem === undefined ? 'text-ink-faint' : 'text-danger-ink')}
        >
          {told}
        </p>
      )}
    </div>
  );
}
