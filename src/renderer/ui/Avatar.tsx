import { classes } from './classes.ts';
import { hueOf, initialsOf } from './person.ts';

const sizes = {
  small: 'size-9 text-xs',
  medium: 'size-12 text-sm',
  large: 'size-24 text-xl',
  huge: 'size-32 text-2xl',
};

interface AvatarProps {
  userId: string;
  name: string;
  size?: keyof typeof sizes;
  /** Shows the dot; absent where presence is not known. */
  online?: boolean;
}

/** The initials of a person in a colour of their own. Decoration: the name stands beside it. */
export function Avatar({ userId, name, size = 'small', online }: AvatarProps) {
  const hue = hueOf(userId);
  return (
    <span className="relative inline-block shrink-0" aria-hidden="true">
      <span
        className={classes(
          'flex items-center justify-center rounded-full font-semibold tracking-wide',
          sizes[size],
        )}
        style={{
          background: `oklch(var(--avatar-l) var(--avatar-c) ${hue})`,
          color: `oklch(var(--avatar-ink-l) 0.06 ${hue})`,
        }}
      >
        {initialsOf(name)}
      </span>
      {online !== undefined && (
        <span
          className={classes(
            'absolute right-0 bottom-0 size-3 translate-x-px translate-y-px rounded-full border-2 border-surface',
            online ? 'bg-good' : 'bg-line-strong',
          )}
        />
      )}
    </span>
  );
}
