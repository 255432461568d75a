import { type ComponentProps, useId } from 'react';
import { classes } from './classes.ts';

interface FieldProps extends ComponentProps<'input'> {
  label: string;
  hint?: string | undefined;
  /** One sentence that says what is wrong and what to do. */
  problem?: string | undefined;
  hideLabel?: boolean;
  /** What a number is counted in, shown at its right. */
  unit?: string | undefined;
}

/** A line of text with its label, a hint, and a sentence when something is wrong with it. */
export function Field({ label, hint, problem, hideLabel, unit, className, ...rest }: FieldProps) {
  const id = useId();
  const told = problem ?? hint;
  return (
    <div className={classes('min-w-0', className)}>
      <label htmlFor={id} className={hideLabel === true ? 'sr-only' : 'mb-1.5 block text-sm font-medium'}>
        {label}
        {unit !== undefined && <span className="sr-only"> ({unit})</span>}
      </label>
      <div className="relative">
        <input
          id={id}
          spellCheck={false}
          autoComplete="off"
          {...rest}
          aria-invalid={problem !== undefined}
          aria-describedby={told === undefined ? undefined : `${id}-told`}
          className={classes(
            'h-11 w-full rounded-xl border border-line bg-raised pl-3.5 text-sm text-ink placeholder:text-ink-faint hover:border-line-strong aria-invalid:border-danger',
            unit === undefined ? 'pr-3.5' : 'pr-16',
          )}
        />
        {unit !== undefined && (
          <span
            className="pointer-events-none absolute inset-y-0 right-3.5 flex items-center text-xs text-ink-faint"
            aria-hidden="true"
          >
            {unit}
          </span>
        )}
      </div>
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
