import { Switch } from 'radix-ui';
import { useId } from 'react';

interface Properties {
  readonly label: string;
  /** What it means, below the label. */
  readonly hint?: string;
  readonly testId?: string;
  readonly on: boolean;
  onChange(on: boolean): void;
}

/** A switch with its label on the left. */
export function Toggle({ label, hint, testId, on, onChange }: Properties) {
  const id = useId();
  return (
    <div className="flex items-center justify-between gap-4">
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-sm text-ink-soft">
            {hint}
          </p>
        )}
      </div>
      <Switch.Root
        id={id}
        data-testid={testId}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        checked={on}
        onCheckedChange={onChange}
        className="relative h-6 w-10.5 shrink-0 rounded-full bg-line-strong transition-colors data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="block size-5 translate-x-0.5 rounded-full bg-raised shadow-sm transition-transform data-[state=checked]:translate-x-5" />
      </Switch.Root>
    </div>
  );
}
