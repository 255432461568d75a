import { Tooltip } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes.ts';

interface IconButtonProps extends ComponentProps<'button'> {
  /** What it does, for the tooltip and for screen readers. */
  label: string;
  icon: ReactNode;
  /** Keys that do the same, shown in the tooltip. */
  keys?: string;
  look?: 'quiet' | 'stage' | 'stage-off' | 'accent' | 'danger';
  size?: 'small' | 'normal' | 'large';
}

const looks = {
  quiet: 'text-ink-soft hover:bg-hover hover:text-ink',
  stage: 'bg-raised/85 text-ink hover:bg-hover',
  'stage-off': 'bg-ink text-canvas hover:bg-ink-soft',
  accent: 'bg-accent text-on-accent hover:bg-accent-hover',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover',
};
const sizes = { small: 'size-8 rounded-lg', normal: 'size-10 rounded-xl', large: 'size-13 rounded-full' };

/** A button that is only a picture, with its name in a tooltip. */
export function IconButton({
  label,
  icon,
  keys,
  look = 'quiet',
  size = 'normal',
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          aria-label={label}
          {...rest}
          className={classes(
            'inline-flex shrink-0 items-center justify-center transition-colors disabled:opacity-50',
            sizes[size],
            looks[look],
            className,
          )}
        >
          {icon}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex animate-fade items-center gap-2 rounded-lg bg-ink px-2.5 py-1.5 text-xs text-canvas shadow-float"
        >
          {label}
          {keys !== undefined && <kbd className="font-sans opacity-70">{keys}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
