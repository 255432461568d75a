import { describe, expect, it } from 'vitest';
import { LOST_CHECK_MARGIN_MS } from './constants.ts';
import { Losses } from './losses.ts';

describe('losses that checks show', () => {
  it('are none where an ack takes its round trip, however often its check was sent meanwhile', () => {
    const losses = new Losses();
    losses.acked(400, undefined);
    losses.acked(undefined, 400);
    losses.acked(400 + LOST_CHECK_MARGIN_MS, 400);
    expect(losses.known).toBe(false);
  });

  it('are known when an ack came later than its round trip, also where that is known only later', () => {
    const losses = new Losses();
    losses.acked(480, undefined);
    expect(losses.known).toBe(false);
    losses.acked(undefined, 400);
    expect(losses.known).toBe(true);
  });
});
