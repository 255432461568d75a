import { beforeEach, describe, expect, test } from 'vitest';
import type { Settings } from '../../../shared/app.ts';
import { DEFAULT_SETTINGS } from '../store/index.ts';
import { RunSettings } from './run-settings.ts';

let stored: Settings;
let settings: RunSettings;

beforeEach(() => {
  stored = structuredClone(DEFAULT_SETTINGS);
  const store = {
    get: () => stored,
    update: (changes: Partial<Settings>) => {
      stored = { ...stored, ...changes };
      return stored;
    },
  };
  settings = new RunSettings(store, { enabled: true, upKbitPerS: 20_000, monthlyGB: 200 });
});

describe('rules that were given for this run', () => {
  test('count before what is stored, and are not stored', () => {
    expect(settings.get().volunteer).toEqual({
      ...DEFAULT_SETTINGS.volunteer,
      enabled: true,
      upKbitPerS: 20_000,
      monthlyGB: 200,
    });
    settings.update({ theme: 'dark' });
    expect(stored).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark' });
  });

  test('end one by one, where the user chooses something else', () => {
    settings.update({ volunteer: { ...settings.get().volunteer, enabled: false, bridges: 9 } });

    expect(stored.volunteer).toEqual({ ...DEFAULT_SETTINGS.volunteer, enabled: false, bridges: 9 });
    expect(settings.get().volunteer).toMatchObject({ enabled: false, upKbitPerS: 20_000, monthlyGB: 200 });

    settings.update({ volunteer: { ...settings.get().volunteer, enabled: true } });
    expect(stored.volunteer).toMatchObject({ enabled: true, monthlyGB: null });
  });

  test('are stored when the user says yes to all of them', () => {
    settings.update({ volunteer: settings.get().volunteer });
    expect(stored.volunteer).toMatchObject({ enabled: true, upKbitPerS: 20_000, monthlyGB: 200 });
  });
});
