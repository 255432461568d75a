import { TriangleAlert } from 'lucide-react';
import { Switch } from 'radix-ui';
import { useId } from 'react';
import { classes } from './classes.ts';

/** Something one must know of a setting. */
export interface ToggleNote {
  readonly words: string;
  readonly warns: boolean;
}

interface Properties {
  readonly label: string;
  /** What it means, below the label. */
  readonly hint?: string;
  readonly note?: ToggleNote | undefined;
  readonly testId?: string;
  readonly on: boolean;
  onChange(on: boolean): void;
}

/** A switch with its label on the left. */
export function Toggle({ label, hint, note, testId, on, onChange }: Properties) {
  const id = useId();
  const told = [hint && `${id}-hint`, note && `${id}-note`].filter(Boolean).join(' ');
  return (
    <div>
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
          aria-describedby={told === '' ? undefined : told}
          checked={on}
          onCheckedChange={onChange}
          className="relative h-6 w-10.5 shrink-0 rounded-full bg-line-strong transition-colors data-[state=checked]:bg-accent"
        >
          <Switch.Thumb className="block size-5 translate-x-0.5 rounded-full bg-raised shadow-sm transition-transform data-[state=checked]:translate-x-5" />
        </Switch.Root>
      </div>
      <NoteLine id={`${id}-note`} note={note} className="mt-1.5" />
    </div>
  );
}

interface NoteLineProps {
  readonly id?: string;
  readonly note: ToggleNote | undefined;
  readonly className?: string;
}

export function NoteLine({ id, note, className }: NoteLineProps) {
  if (note === undefined) return null;
  return (
    <p
      id={id}
      className={classes(
        'flex items-start gap-2 text-xs',
        note.warns ? 'rounded-xl bg-warn-soft px-3 py-2 text-warn-ink' : 'text-ink-faint',
        className,
      )}
    >
      <TriangleAlert size={14} className="mt-0.5 shrink-0" aria-hidden="true" />
      {note.words}
    </p>
  );
}
