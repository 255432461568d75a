/** The languages of the interface. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import de from '../locales/de.json';
import en from '../locales/en.json';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language for a setting; anything that is not one of ours means the system's. */
export function languageFor(setting: string, system: readonly string[]): Language {
  const known = (tag: string) => LANGUAGES.find((language) => tag.toLowerCase().split('-')[0] === language);
  return known(setting) ?? system.map(known).find((language) => language !== undefined) ?? 'en';
}

/** Must be done before anything is rendered. */
export async function startLanguages(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: languageFor('', navigator.languages),
    fallbackLng: 'en',
    resources: { en: { translation: en }, de: { translation: de } },
    interpolation: { escapeValue: false },
    // Not every end of a call has a remedy.
    returnEmptyString: true,
  });
  document.documentElement.lang = i18next.language;
}

/** Changes the language when the setting asks for another. */
export function applyLanguage(setting: string): void {
  const wanted = languageFor(setting, navigator.languages);
  if (i18next.language === wanted) return;
  void i18next.changeLanguage(wanted);
  document.documentElement.lang = wanted;
}
