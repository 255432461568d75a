import type { ComponentProps } from 'react';
import { classes } from './classes.ts';

type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'bg-surface text-ink border border-line hover:bg-hover',
  quiet: 'text-ink-soft hover:bg-hover hover:text-ink',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover',
};

interface ButtonProps extends ComponentProps<'button'> {
  look?: Look;
  size?: 'small' | 'normal' | 'large';
}

const sizes = {
  small: 'h-8 px-3 gap-1.5 rounded-lg text-sm',
  normal: 'h-10 px-4 gap-2 rounded-xl text-sm',
  large: 'h-12 px-6 gap-2.5 rounded-2xl text-base',
};

export function Button({ look = 'secondary', size = 'normal', className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(
        'inline-flex items-center justify-center [&_svg]:shrink-0 font-medium whitespace-nowrap transition-colors disabled:opacity-50 disabled:pointer-events-none',
        sizes[size],
        looks[look],
        className,
      )}
    />
  );
}
