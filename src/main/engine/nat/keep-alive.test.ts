import { expect, it } from 'vitest';
import { keepAliveMs } from './keep-alive.ts';

it.each([
  ['nothing is known', [undefined], 15_000],
  ['nobody answered', [], 15_000],
  ['mappings live long', [240_000], 55_000],
  ['mappings live 40 s', [40_000], 20_000],
  ['mappings hardly live', [4_000], 5_000],
  ['one family is known and the other not', [240_000, undefined], 15_000],
  ['both are known', [60_000, 240_000], 30_000],
])('mappings are refreshed in time when %s', (_what, lifetimesMs, pauseMs) => {
  expect(keepAliveMs(lifetimesMs)).toBe(pauseMs);
});
