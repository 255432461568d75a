import { describe, expect, it } from 'vitest';
import { MAX_FAILED_CARRIERS, MAX_RELAY_PAUSE_MS, RELAY_PAUSE_MS } from './constants.ts';
import { FailedCarriers } from './failed-carriers.ts';

const relay = { kind: 'relay', carrier: 'relay' } as const;
const node = (number: number) => ({ kind: 'sfu', carrier: `node ${number}` }) as const;

describe('a carrier that failed', () => {
  it('is left out for the rest of the call when it is a node', () => {
    const failed = new FailedCarriers();
    failed.note(node(1), 0);
    expect(failed.excluded(24 * 3_600_000)).toEqual(['node 1']);
  });

  it('is asked for again when it is a relay, after a pause that grows', () => {
    const failed = new FailedCarriers();
    let nowMs = 0;
    for (let pauseMs = RELAY_PAUSE_MS; pauseMs <= 4 * MAX_RELAY_PAUSE_MS; pauseMs *= 2) {
      failed.note(relay, nowMs);
      const untilMs = nowMs + Math.min(pauseMs, MAX_RELAY_PAUSE_MS);
      expect(failed.excluded(untilMs - 1)).toEqual(['relay']);
      expect(failed.excluded(untilMs)).toEqual([]);
      nowMs = untilMs;
    }
  });

  it('makes room for those that failed since', () => {
    const failed = new FailedCarriers();
    for (let number = 0; number <= MAX_FAILED_CARRIERS; number++) failed.note(node(number), 0);
    expect(failed.excluded(0)).toHaveLength(MAX_FAILED_CARRIERS);
    expect(failed.excluded(0)).not.toContain('node 0');
  });
});
