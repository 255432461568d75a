/** Light or dark: as set, or as the system has it. */
import type { Settings } from '../../shared/app.ts';

const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)');
let wanted: Settings['theme'] = 'system';

export function applyTheme(theme: Settings['theme']): void {
  wanted = theme;
  const dark = theme === 'dark' || (theme === 'system' && systemDark().matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

/** Follows the system for as long as the setting says so. */
export function followSystemTheme(): void {
  applyTheme(wanted);
  systemDark().addEventListener('change', () => applyTheme(wanted));
}
