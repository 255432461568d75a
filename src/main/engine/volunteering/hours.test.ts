/** When a line is lent and when it is not, over hours and months: the volunteer on a simulated machine, whose clock tests drive and set. */
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SimulatedInternet } from '../../../../test/simnet/internet.ts';
import { siteOfKind } from '../../../../test/simnet/kinds.ts';
import type { VolunteerSettings } from '../../../shared/volunteer.ts';
import type { Outside } from '../outside/index.ts';
import { openPathService } from '../path/index.ts';
import { DEFAULT_SETTINGS, type VolunteeringRecord } from '../store/index.ts';
import { GB } from './constants.ts';
import { SettableMachine } from './testing/machine.ts';
import { Volunteer } from './volunteer.ts';

const HOUR_MS = 3_600_000;
const logger = pino({ level: 'silent' });

beforeEach(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Somebody with an open line, without a server: then who would serve waits for one. */
async function vera(at: string, chosen: Partial<VolunteerSettings>, usedBytes: Record<string, number> = {}) {
  const internet = new SimulatedInternet('hours');
  const host = internet.host('Vera');
  internet.connect(host, siteOfKind(internet, 'open', { delayMs: 10 }));
  const { clock } = internet;
  let offsetMs = new Date(at).getTime() - clock.wallNow();
  const outside: Outside = {
    ...host.outside,
    clock: {
      now: () => clock.now(),
      wallNow: () => clock.wallNow() + offsetMs,
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
      clearTimer: (timer) => clock.clearTimer(timer),
    },
  };
  const paths = openPathService({ outside, logger });
  await paths.start();
  const settings: VolunteerSettings = { ...DEFAULT_SETTINGS.volunteer, enabled: true, ...chosen };
  const machine = new SettableMachine();
  let record: VolunteeringRecord = {
    pausedUntilMs: null,
    months: usedBytes,
    days: {},
    bytesForwarded: 0,
    peopleHelped: 0,
    worked: 0,
    failed: 0,
  };
  let writes = 0;
  const volunteer = new Volunteer({
    outside,
    paths,
    ticketKey: () => null,
    settings: () => settings,
    store: {
      load: () => record,
      save: (next) => {
        record = next;
        writes++;
      },
      hold: () => 'ours',
    },
    machine,
    inOwnCall: () => false,
    logger,
  });
  onTestFinished(async () => {
    await volunteer.close();
    await paths.close();
    expect(clock.pendingTimers).toBe(0);
  });
  volunteer.start();
  return {
    clock,
    volunteer,
    machine,
    writes: () => writes,
    now: () => outside.clock.wallNow(),
    setClock: (to: string) => {
      offsetMs += new Date(to).getTime() - outside.clock.wallNow();
    },
    word: () => {
      const { state, rest } = volunteer.state();
      return rest ? `${state}: ${rest.rule}` : state;
    },
  };
}

describe('a schedule', () => {
  test('begins and ends on the minute, also in the night in which an hour is skipped', async () => {
    const { clock, word, now } = await vera('2027-03-27T21:00:00+01:00', {
      schedule: [{ days: [6], fromMinute: 22 * 60, toMinute: 6 * 60 }],
    });
    const seen = [word()];

    await clock.run(HOUR_MS - 1_000);
    seen.push(word());
    await clock.run(1_000);
    seen.push(word());
    await clock.run(7 * HOUR_MS - 1_000);
    seen.push(word());
    await clock.run(1_000);
    seen.push(word());

    expect(seen).toEqual([
      'resting: schedule',
      'resting: schedule',
      'no-server',
      'no-server',
      'resting: schedule',
    ]);
    expect(new Date(now()).getHours()).toBe(6);
  });

  test('is followed soon when the clock is set', async () => {
    const { clock, word, setClock } = await vera('2027-01-13T12:00:00+01:00', {
      schedule: [{ days: [3], fromMinute: 12 * 60, toMinute: 13 * 60 }],
    });
    const seen = [word()];

    setClock('2028-01-13T18:00:00+01:00');
    await clock.run(5_000);
    seen.push(word());
    setClock('2027-01-13T12:30:00+01:00');
    await clock.run(5_000);
    seen.push(word());

    expect(seen).toEqual(['no-server', 'resting: schedule', 'no-server']);
  });
});

test('a month that begins gives its allowance, and the one before does not give its own again', async () => {
  const { clock, word, setClock, volunteer } = await vera(
    '2027-01-31T23:59:50+01:00',
    { monthlyGB: 1 },
    { '2027-01': GB },
  );
  const seen = [word(), volunteer.state().month.renewsMs];

  await clock.run(10_000);
  seen.push(word(), volunteer.state().month.usedBytes);
  setClock('2027-01-15T12:00:00+01:00');
  await clock.run(5_000);
  seen.push(word(), volunteer.state().month.usedBytes);

  expect(seen).toEqual([
    'resting: allowance-used',
    new Date('2027-02-01T00:00:00+01:00').getTime(),
    'no-server',
    0,
    'resting: allowance-used',
    GB,
  ]);
});

test('a pause ends by itself', async () => {
  const { clock, word, volunteer, now } = await vera('2027-01-13T12:00:00+01:00', {});
  volunteer.pause(60);
  await clock.run(0);
  const seen = [word(), (volunteer.state().rest?.untilMs ?? 0) - now()];

  await clock.run(HOUR_MS - 1);
  seen.push(word());
  await clock.run(1);
  seen.push(word());

  expect(seen).toEqual(['resting: paused', HOUR_MS, 'resting: paused', 'no-server']);
});

test('idle time is waited for to the second, and its end is noticed within five', async () => {
  const { clock, word, machine } = await vera('2027-01-13T12:00:00+01:00', { idleMinutes: 5 });
  machine.set({ idleS: 290 });
  await clock.run(5_000);
  const seen = [word()];

  // It grows while nobody says so.
  machine.set({ idleS: 300 });
  await clock.run(10_000);
  seen.push(word());
  machine.set({ idleS: 1 });
  await clock.run(5_000);
  seen.push(word());

  expect(seen).toEqual(['resting: in-use', 'no-server', 'resting: in-use']);
});

test('a day without guests writes nothing to the disk', async () => {
  const { clock, writes } = await vera('2027-01-13T12:00:00+01:00', { monthlyGB: 100 });

  await clock.run(6 * HOUR_MS);

  expect(writes()).toBe(0);
});
