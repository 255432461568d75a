/** Lines to the internet, as homes and pockets have them. */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { LinkQuality } from './link.ts';

/** Sites between 2 and 40 ms from the middle of the internet, a good part of them by radio. */
export function randomLine(random: SeededRandom): LinkQuality {
  const byRadio = random.fraction() < 0.4;
  return {
    delayMs: 2 + random.fraction() * 38,
    jitterMs: byRadio ? random.fraction() * 15 : random.fraction() * 2,
    lossShare: byRadio ? random.fraction() * 0.02 : 0.001,
  };
}
