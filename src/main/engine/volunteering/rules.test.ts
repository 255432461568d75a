import { describe, expect, test } from 'vitest';
import type { VolunteerSettings } from '../../../shared/volunteer.ts';
import { DEFAULT_SETTINGS } from '../store/index.ts';
import { LONGEST_PAUSE_MS } from './constants.ts';
import { type Circumstances, nextLookMs, restOf, untoldRules } from './rules.ts';

const NOW_MS = new Date(2027, 0, 13, 20).getTime();
const ALL: VolunteerSettings = {
  ...DEFAULT_SETTINGS.volunteer,
  enabled: true,
  schedule: [{ days: [3], fromMinute: 0, toMinute: 60 }],
  idleMinutes: 10,
  neverOn: ['Phone of Vera', 'wwan0'],
};
const FREE: VolunteerSettings = { ...ALL, schedule: null, idleMinutes: null, neverOn: [] };
const QUIET: Circumstances = {
  nowMs: NOW_MS,
  pausedUntilMs: null,
  countedElsewhere: false,
  uncounted: false,
  allowanceUsed: false,
  renewsMs: NOW_MS + 86_400_000,
  machine: { idleS: 3_600, onBattery: false, metered: false, networks: [{ interfaceName: 'eth0' }] },
  interfaceNames: ['eth0'],
};

describe('what keeps a line from being lent', () => {
  test('is nothing when no rule says so', () => {
    expect(restOf(FREE, QUIET)).toBeNull();
  });

  test('is the first of the rules that do, in an order that stays', () => {
    const machine = { idleS: 3, onBattery: true, metered: true, networks: [{ interfaceName: 'WWAN0' }] };
    let circumstances: Circumstances = {
      ...QUIET,
      pausedUntilMs: NOW_MS + 60_000,
      countedElsewhere: true,
      uncounted: true,
      allowanceUsed: true,
      machine,
    };
    let settings = ALL;
    const seen: ReturnType<typeof restOf>[] = [];
    const next = (change: Partial<Circumstances>, changed: Partial<VolunteerSettings> = {}) => {
      seen.push(restOf(settings, circumstances));
      circumstances = { ...circumstances, ...change };
      settings = { ...settings, ...changed };
    };
    next({ pausedUntilMs: null });
    next({ countedElsewhere: false });
    next({ uncounted: false });
    next({ allowanceUsed: false });
    next({}, { schedule: null });
    next({}, { neverOn: [] });
    next({}, { onlyUnmetered: false });
    next({}, { onlyOnMains: false });
    next({}, { idleMinutes: null });

    expect(seen).toEqual([
      { rule: 'paused', untilMs: NOW_MS + 60_000 },
      { rule: 'counted-elsewhere' },
      { rule: 'not-counted' },
      { rule: 'allowance-used', untilMs: QUIET.renewsMs },
      { rule: 'schedule', untilMs: new Date(2027, 0, 20).getTime() },
      { rule: 'named-network', detail: 'WWAN0' },
      { rule: 'metered' },
      { rule: 'on-battery' },
      { rule: 'in-use' },
    ]);
    expect(restOf(settings, circumstances)).toBeNull();
  });

  test('is never what a host did not tell, and says so', () => {
    const untold = { ...QUIET, machine: {} };

    expect(restOf({ ...ALL, schedule: null }, untold)).toBeNull();
    expect(untoldRules({})).toEqual(['in-use', 'on-battery', 'metered', 'named-network']);
    expect(untoldRules({ idleS: 0, onBattery: true, metered: false, networks: [] })).toEqual([]);
  });

  test('is a named interface also where the host tells of no networks', () => {
    const untold = { ...QUIET, machine: {}, interfaceNames: ['lo', 'wwan0'] };

    expect(restOf({ ...FREE, neverOn: ['wwan0'] }, untold)).toEqual({
      rule: 'named-network',
      detail: 'wwan0',
    });
  });

  test('is the name of a Wi-Fi network, however it is written', () => {
    const networks = [{ interfaceName: 'wlan0', name: 'phone of vera ' }];

    expect(restOf({ ...ALL, schedule: null }, { ...QUIET, machine: { ...QUIET.machine, networks } })).toEqual(
      {
        rule: 'named-network',
        detail: 'phone of vera ',
      },
    );
  });

  test('is no pause that was set before the clock was set back by a year', () => {
    const long = { ...QUIET, pausedUntilMs: NOW_MS + LONGEST_PAUSE_MS + 1 };

    expect(restOf(FREE, long)).toBeNull();
    expect(restOf(FREE, { ...QUIET, pausedUntilMs: NOW_MS })).toBeNull();
  });
});

describe('the next look', () => {
  test('is at what comes first of window, pause, month and idle time', () => {
    const opens = new Date(2027, 0, 20).getTime();

    expect(nextLookMs(FREE, QUIET)).toBe(QUIET.renewsMs);
    expect(nextLookMs(FREE, { ...QUIET, pausedUntilMs: NOW_MS + 5_000 })).toBe(NOW_MS + 5_000);
    expect(nextLookMs(ALL, { ...QUIET, renewsMs: opens + 1 })).toBe(opens);
    expect(nextLookMs(ALL, { ...QUIET, machine: { idleS: 590 } })).toBe(NOW_MS + 10_000);
  });
});
