import { describe, expect, test } from 'vitest';
import { describeStatus, duration } from './status.ts';
import { reportWith } from './testing/report.ts';

const NOW_MS = 1_800_000_000_000 + 7_380_000;

describe('a status in words', () => {
  test('says what a node does', () => {
    const text = describeStatus(reportWith(), NOW_MS);
    for (const words of [
      '1.2.3, process 4711, for 2 h 3 min',
      'wss://meet.example.org, connected\n',
      'yes, calls may come',
      '2 calls, 2.5 Mbit/s of 20.0 Mbit/s (what may be sent)',
      '84 people helped, 12 GB passed on, 3 turned away',
      '42 calls worked, 1 failed',
      '120 GB of 200 GB; begins anew 2027-02-',
      '2.1 % of a processor, 95 MB',
      'whether somebody uses it',
    ])
      expect(text).toContain(words);
  });

  test('says what it rests for, until when, and what is wrong', () => {
    const text = describeStatus(
      reportWith(
        {
          state: 'resting',
          rest: { rule: 'named-network', detail: 'wlan0', untilMs: NOW_MS },
          bridges: [],
          month: { usedBytes: 1e6, allowanceBytes: null, renewsMs: NOW_MS },
          untold: [],
        },
        {
          clockOffsetMs: -200_000,
          server: { url: 'ws://s', embedded: false, state: 'waiting', reason: 'unreachable' },
        },
      ),
      NOW_MS,
    );
    expect(text).toMatch(/resting: this network is one of those .* \(wlan0\) until 2027-01-15/);
    expect(text).toContain('ws://s, waiting (unreachable); our clock is 200 s fast');
    expect(text).toContain('0.00 GB this month, no limit');
    expect(text).not.toContain('cannot tell');
  });

  test('says how long', () => {
    expect([0, 59_999, 3_599_000, 86_399_000, 200_000_000].map(duration)).toEqual([
      '0 s',
      '59 s',
      '59 min',
      '23 h 59 min',
      '2 d 7 h',
    ]);
  });
});
