import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Format, formatFor } from './format.ts';

/** Numbers in the language of the interface. */
export function useFormat(): Format {
  const { t, i18n } = useTranslation();
  return useMemo(() => formatFor(i18n.language, t), [i18n.language, t]);
}
