import { expect, it } from 'vitest';
import { keepChoice, keptChoice } from './kept.ts';

function storageOf() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

it('gives back the choice of the same call, and of no other', () => {
  const storage = storageOf();
  expect(keptChoice(storage, 'one')).toBeUndefined();
  keepChoice(storage, 'one', { muted: true, camera: false });
  expect(keptChoice(storage, 'one')).toEqual({ muted: true, camera: false });
  expect(keptChoice(storage, 'two')).toBeUndefined();
  keepChoice(storage, 'two', { muted: false, camera: true });
  expect(keptChoice(storage, 'two')).toEqual({ muted: false, camera: true });
  expect(keptChoice(storage, 'one')).toBeUndefined();
});

it('stands whatever else lies there', () => {
  const storage = storageOf();
  keepChoice(storage, 'one', { muted: false, camera: true });
  const [key = ''] = storage.items.keys();
  for (const text of ['', '{', 'null', '7', '[]', '{"callId":"one"}', '{"callId":"one","muted":true}']) {
    storage.items.set(key, text);
    expect(keptChoice(storage, 'one')).toBeUndefined();
  }
});
