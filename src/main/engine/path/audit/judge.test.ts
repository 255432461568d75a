import { describe, expect, it } from 'vitest';
import { Judge } from './judge.ts';
import { readTally, SentTally } from './tally.ts';

/** A generator whose every run is the same (Park and Miller). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The order of sending where each datagram leaves again behind the next one, as `tunnel/copies.ts` does it. */
function withCopies(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? [0] : [index, index - 1])).flat();
}

/** Sends that over a node, with a tally every 16 datagrams, and says what the node was found guilty of. */
function judged(isLost: (place: number) => boolean): string | undefined {
  const judge = new Judge();
  const sent = new SentTally();
  let nowMs = 0;
  for (const [place, number] of withCopies(1_500).entries()) {
    const mark = (number * 7_919) & 0xffff;
    sent.sent(mark);
    if (!isLost(place)) judge.received(mark);
    if (place % 16 !== 15) continue;
    nowMs += 200;
    const tally = readTally(sent.take());
    if (tally) judge.told(tally, nowMs);
    const misdeed = judge.verdict(nowMs);
    if (misdeed) return misdeed;
  }
  return undefined;
}

describe('a node that forwards datagrams which are sent twice', () => {
  it.each([0, 0.05, 0.1])('is not condemned for what a network loses: %f', (share) => {
    for (let seed = 1; seed <= 5; seed++) {
      const chance = chances(seed);
      expect(judged(() => chance() < share)).toBeUndefined();
    }
  });

  it('is condemned where it drops half of them', () => {
    const chance = chances(1);
    expect(judged(() => chance() < 0.5)).toBe('slow');
  });
});
