import { describe, expect, it } from 'vitest';
import en from './en.json';

const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

function has(key: string): boolean {
  let place: unknown = en;
  for (const part of key.split('.')) {
    if (typeof place !== 'object' || place === null || !(part in place)) return false;
    place = (place as Record<string, unknown>)[part];
  }
  return typeof place === 'string';
}

describe('the components', () => {
  it('ask only for sentences that exist', () => {
    const asked = Object.entries(sources).flatMap(([file, source]) =>
      [...source.matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key]) => ({ file, key: key ?? '' })),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter(({ key }) => !has(key))).toEqual([]);
  });

  it('hold no text of their own between tags', () => {
    const spoken = Object.entries(sources)
      .filter(([file]) => file.endsWith('.tsx') && !file.includes('/gallery/'))
      .flatMap(([file, source]) =>
        [...source.matchAll(/<\/?[\w.]+[^<>{}]*>([^<>{}=();:?]*[A-Za-z]{2}[^<>{}=();:?]*)</g)].map(
          ([, text]) => `${file}: ${text?.trim()}`,
        ),
      );
    expect(spoken).toEqual([]);
  });
});
