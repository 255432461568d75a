/** What a series of readings comes to. */
import { describe, expect, it } from 'vitest';
import { lineInWords, linesOf } from './result.ts';

describe('the lines of a series', () => {
  it('count both ears of every reading, the noisy ones too', () => {
    const [line, ...more] = linesOf(
      {
        readings: [
          { event: 'node-kill', gapsMs: [300, 320] },
          { event: 'node-leave', gapsMs: [0, 0] },
          { event: 'node-kill', gapsMs: [340, 2_000] },
        ],
        failures: [],
      },
      null,
    );

    expect(line).toMatchObject({
      event: 'node-kill',
      wanted: { medianMs: 400, worstMs: 800 },
      byway: {
        readings: [
          [300, 320],
          [340, 2_000],
        ],
        median: 330,
        worst: 2_000,
      },
      webrtc: null,
    });
    expect(more.map(({ event }) => event)).toEqual(['node-leave']);
  });

  it('say what could not be measured, also where nothing could', () => {
    const [line] = linesOf(
      { readings: [], failures: [{ event: 'ip-change', why: 'the sound came back not within 40 s' }] },
      { readings: [{ event: 'ip-change', gapsMs: [6_000, 7_000], restarts: 2 }], failures: [] },
    );

    expect(line).toMatchObject({
      byway: { readings: [], median: null, worst: null },
      webrtc: { median: 6_500, restarts: [2] },
    });
    expect(line && lineInWords(line)).toContain('1 failed: the sound came back not within 40 s');
  });
});
