import { beforeEach, describe, expect, test } from 'vitest';
import type { Notice, ServerState } from '../../shared/app.ts';
import { SimulatedClock } from '../engine/outside/testing/simulated-clock.ts';
import { SERVER_LATE_MS } from './constants.ts';
import { unkeptRules, watchServer } from './warnings.ts';

const url = 'wss://meet.example.org';
let clock: SimulatedClock;
let server: ServerState;
let offsetMs: number | null;
let notices: Notice[];
let said: string[];
let changed: () => void;
let stop: () => void;

function become(state: Partial<ServerState>): void {
  server = { url, embedded: false, state: 'waiting', ...state };
  changed();
}

beforeEach(() => {
  clock = new SimulatedClock();
  server = { url, embedded: false, state: 'connecting' };
  offsetMs = null;
  notices = [];
  said = [];
  stop = watchServer(
    {
      clock,
      server: () => server,
      notices: () => notices,
      clockOffsetMs: () => offsetMs,
      onChanged(listener) {
        changed = listener;
        return () => {
          changed = () => undefined;
        };
      },
    },
    (sentence) => said.push(sentence),
  );
});

describe('a server that is not reached', () => {
  test('is told after a while, once, and when it is back', async () => {
    become({ reason: 'unreachable' });
    await clock.run(SERVER_LATE_MS - 1);
    expect(said).toEqual([]);
    await clock.run(60_000);
    become({ state: 'connecting' });
    become({ reason: 'unreachable' });
    await clock.run(60_000);
    expect(said).toEqual([
      `The server at ${url} cannot be used: nothing answers there. Byway goes on trying; see --server.`,
    ]);

    offsetMs = 0;
    become({ state: 'connected' });
    expect(said.slice(1)).toEqual([`The server at ${url} is connected.`]);
  });

  test('is not told where it is back soon', async () => {
    become({ state: 'connected' });
    become({ reason: 'closed' });
    await clock.run(SERVER_LATE_MS - 1);
    become({ state: 'connected' });
    await clock.run(60_000);
    expect(said).toEqual([]);
  });

  test('is told at once where it is none', () => {
    become({ state: 'refused', reason: 'not-byway' });
    expect(said).toEqual([expect.stringContaining('that is no Byway server')]);
  });

  test('is told with its cause where it is our own', async () => {
    notices.push({ code: 'embedded-server-failed' });
    become({ url: '', embedded: true, state: 'stopped' });
    await clock.run(SERVER_LATE_MS);
    expect(said).toEqual([expect.stringContaining('name one with --server')]);
  });

  test('is not told after the end', async () => {
    stop();
    await clock.run(60_000);
    expect(said).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a clock that is wrong', () => {
  test.each([
    [300_000, '5 minutes behind the server'],
    [-180_000, '3 minutes ahead of the server'],
  ])('by %s ms is told once', (wrongMs, words) => {
    offsetMs = wrongMs;
    become({ state: 'connected' });
    become({ state: 'connected' });
    expect(said).toEqual([expect.stringContaining(words)]);
  });

  test('by less than two minutes is none', () => {
    offsetMs = 119_000;
    become({ state: 'connected' });
    expect(said).toEqual([]);
  });
});

describe('rules that this machine cannot keep', () => {
  test('are told where they were asked for', () => {
    const asked = { idleMinutes: 5, onlyOnMains: true, onlyUnmetered: false };
    expect(unkeptRules(asked, ['in-use', 'metered'])).toEqual([
      expect.stringMatching(/^--idle stops nothing/),
    ]);
    expect(unkeptRules({}, ['in-use', 'on-battery', 'metered'])).toEqual([]);
  });
});
