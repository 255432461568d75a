import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Document } from './document.ts';
import { DEFAULT_SETTINGS, StoredSettings } from './settings.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'byway-settings-'));
  file = join(directory, 'settings.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function stored(volunteer: unknown): StoredSettings {
  writeFileSync(file, JSON.stringify({ format: 1, volunteer }));
  return new StoredSettings(new Document(file));
}
const onDisk = () => JSON.parse(readFileSync(file, 'utf8')).volunteer;

describe('what somebody chose of lending their line', () => {
  test('before there were rules is kept: the one cap is both, and the rules are as they are at first', () => {
    const settings = stored({ enabled: true, bridges: 7, kbitPerS: 3_000 });

    expect(settings.unreadable).toEqual([]);
    expect(settings.get().volunteer).toEqual({
      ...DEFAULT_SETTINGS.volunteer,
      enabled: true,
      bridges: 7,
      upKbitPerS: 3_000,
      downKbitPerS: 3_000,
    });
    settings.update({ theme: 'dark' });
    expect(onDisk()).toEqual({ enabled: true, bridges: 7, kbitPerS: 3_000 });
  });

  test('is what counts once it is chosen anew', () => {
    const settings = stored({ enabled: true, bridges: 7, kbitPerS: 3_000 });

    settings.update({ volunteer: { ...settings.get().volunteer, upKbitPerS: 500, monthlyGB: 20 } });

    const again = new StoredSettings(new Document(file)).get().volunteer;
    expect(again).toMatchObject({
      enabled: true,
      bridges: 7,
      upKbitPerS: 500,
      downKbitPerS: 3_000,
      monthlyGB: 20,
    });
  });

  test('keeps the rules of a newer version', () => {
    const settings = stored({ ...DEFAULT_SETTINGS.volunteer, enabled: true, onlyAtFullMoon: true });

    settings.update({ volunteer: { ...settings.get().volunteer, enabled: false } });

    expect(onDisk()).toMatchObject({ enabled: false, onlyAtFullMoon: true });
  });

  test.each([[{ enabled: 'perhaps' }], [{ enabled: true, bridges: 7, kbitPerS: 'all' }], [7]])(
    'is not lent at all, and not lost, when it says %j',
    (volunteer) => {
      const settings = stored(volunteer);

      const { enabled } = settings.get().volunteer;

      settings.update({ theme: 'dark' });
      expect(onDisk()).toEqual(volunteer);
      expect(settings.unreadable).toEqual(enabled ? [] : ['volunteer']);
    },
  );
});
