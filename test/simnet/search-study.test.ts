import { expect, it } from 'vitest';
import { searchStudy } from './search-study.ts';

const SEARCHES = 200;
/** What the search may be off by itself: the two points. */
const ALLOWED = 0.02;
/** Standard deviations of chance that are allowed besides. */
const DEVIATIONS = 3;

it('the birthday search finds a port as soon as the arithmetic says', async () => {
  const { looks } = await searchStudy('arithmetic', SEARCHES, () => undefined);
  for (const { tries, found, arithmetic } of looks) {
    const deviation = Math.sqrt((arithmetic * (1 - arithmetic)) / SEARCHES);
    const off = Math.abs(found - arithmetic);
    expect(off, `after ${tries} tries`).toBeLessThan(ALLOWED + DEVIATIONS * deviation);
  }
}, 60_000);
