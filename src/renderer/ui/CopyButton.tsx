import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './Button.tsx';

interface CopyButtonProps {
  text: string;
  label: string;
  'data-testid'?: string;
}

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label, 'data-testid': testId }: CopyButtonProps) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      (error: unknown) => {
        console.info('The clipboard takes nothing directly; the older way is tried:', error);
        setCopied(copyBySelection(text));
      },
    );
  return (
    <Button look="primary" data-testid={testId} onClick={() => void copy()}>
      {copied ? <Check size={16} /> : <Copy size={16} />}
      <span aria-live="polite">{copied ? t('app.copied') : label}</span>
    </Button>
  );
}

/** For a page that may not use the clipboard directly. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}
