import { createInstance } from 'i18next';
import { describe, expect, it } from 'vitest';
import de from '../locales/de.json';
import en from '../locales/en.json';
import { formatFor } from './format.ts';

const i18n = createInstance();
await i18n.init({ lng: 'en', resources: { en: { translation: en }, de: { translation: de } } });
const english = formatFor('en', i18n.getFixedT('en'));
const german = formatFor('de', i18n.getFixedT('de'));

describe('formats', () => {
  it('shows a clock with hours only when there are any', () => {
    expect([7, 725, 3_723].map(english.clock)).toEqual(['0:07', '12:05', '1:02:03']);
  });

  it('shows milliseconds with a digit only where it matters', () => {
    expect([0, 3.24, 38.4].map(english.ms)).toEqual(['0 ms', '3.2 ms', '38 ms']);
  });

  it('shows longer spans in seconds', () => {
    expect([152.4, 999.6, 6_420].map(english.span)).toEqual(['152 ms', '1.0 s', '6.4 s']);
  });

  it('shows rates in bits and amounts in bytes, in the digits of the language', () => {
    expect(english.bitrate(640_000)).toBe('640 kbit/s');
    expect(german.bitrate(2_450_000)).toBe('2,5 Mbit/s');
    expect([512, 8_400, 81_402_112].map(english.bytes)).toEqual(['512 B', '8 kB', '81.4 MB']);
    expect([2e9, 2.944e9, 84.12e9, 138.2e9].map(english.bytes)).toEqual([
      '2 GB',
      '2.94 GB',
      '84.1 GB',
      '138 GB',
    ]);
    expect([1.2834e12, 4.2e15].map(english.bytes)).toEqual(['1.28 TB', '4,200 TB']);
  });

  it('shows loss precisely only when it is small and there is some', () => {
    expect([0, 0.42, 12.6].map(english.percent)).toEqual(['0 %', '0.4 %', '13 %']);
  });

  it('says when a call was by how long ago it is', () => {
    const now = new Date(2026, 5, 12, 18, 0).getTime();
    expect(english.when(now - 20_000, now)).toBe('just now');
    expect(german.when(new Date(2026, 5, 12, 9, 5).getTime(), now)).toBe('09:05');
    // Some releases of the locale data put a narrow space before AM.
    expect(english.when(new Date(2026, 5, 12, 9, 5).getTime(), now)).toMatch(/^9:05\sAM$/);
    expect(english.when(new Date(2026, 3, 2, 9, 5).getTime(), now)).toBe('Apr 2');
    expect(english.when(new Date(2024, 3, 2, 9, 5).getTime(), now)).toBe('Apr 2, 2024');
  });

  it('says until when by how far that is', () => {
    const now = new Date(2026, 5, 12, 18, 0).getTime();
    const at = (day: number, hour: number) => new Date(2026, 5, day, hour, 0).getTime();
    expect(german.until(at(12, 22), now)).toBe('22:00');
    expect(german.until(at(13, 0), now)).toBe('Mitternacht');
    expect(english.until(at(13, 0), now)).toBe('midnight');
    expect(english.until(at(13, 8), now)).toMatch(/^8:00\sAM tomorrow$/);
    expect(german.until(at(13, 8), now)).toBe('morgen, 08:00');
    expect(german.until(at(15, 8), now)).toBe('Montag, 08:00');
    expect(german.until(at(15, 0), now)).toBe('Montag');
    expect(english.until(new Date(2026, 6, 1).getTime(), now)).toBe('July 1');
  });
});
