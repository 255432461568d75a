import { expect, it } from 'vitest';
import { keepDismissed, keptDismissed } from './dismissed.ts';

it('keeps away for good what does not change, and nothing else', () => {
  const stored = new Map<string, string>();
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  };
  expect(keptDismissed(storage)).toEqual([]);
  keepDismissed(['port-taken', 'secret-unprotected'], storage);
  expect(keptDismissed(storage)).toEqual(['secret-unprotected']);
});
