import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from './classes.ts';
import { IconButton } from './IconButton.tsx';

interface DialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: string;
  description?: string;
  wide?: boolean;
  children: ReactNode;
}

/** Focus begins where one writes, and on the cross only where there is nothing to write. */
function focusField(event: Event): void {
  const field = (event.currentTarget as HTMLElement).querySelector<HTMLElement>('input, textarea, select');
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

/** A card over everything else; Escape and the cross close it, and focus goes back to where it was. */
export function Dialog({ open, onOpenChange, title, description, wide, children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-black/50" />
        <Radix.Content
          onOpenAutoFocus={focusField}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          className={classes(
            'fixed inset-0 z-40 m-auto flex h-fit max-h-[calc(100dvh-1.5rem)] w-[calc(100vw-1.5rem)] animate-rise flex-col rounded-3xl bg-surface shadow-float outline-none',
            wide === true ? 'max-w-3xl' : 'max-w-md',
          )}
        >
          <header className="flex items-start gap-4 px-6 pt-5 pb-3">
            <div className="min-w-0 grow">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description className="mt-1 text-ink-soft">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <IconButton size="small" label={t('app.close')} icon={<X size={18} />} className="-mr-2" />
            </Radix.Close>
          </header>
          <div className="quiet-scroll px-6 pt-1 pb-6">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
