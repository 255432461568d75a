import { describe, expect, it } from 'vitest';
import type { VolunteerRest, VolunteerState } from '../../shared/volunteer.ts';
import { VolunteerRule } from '../../shared/volunteer.ts';
import { DEFAULT_SETTINGS } from '../engine/store/settings.ts';
import { lendingInTray, moment } from './lending.ts';

/** A Tuesday, by the local clock. */
const NOW = new Date(2026, 11, 1, 16, 0).getTime();
const BRIDGE = { ageS: 1, kbitPerS: 1, droppedPercent: 0 };

function inTray(
  state: VolunteerState['state'],
  {
    rest = null,
    bridges = 0,
    asked = true,
  }: { rest?: VolunteerRest | null; bridges?: number; asked?: boolean } = {},
) {
  return lendingInTray(
    { ...DEFAULT_SETTINGS, volunteerAsked: asked },
    { state, rest, bridges: Array.from({ length: bridges }, () => BRIDGE) },
    NOW,
  );
}

describe('the tray', () => {
  it('says nothing of lending to whoever was never asked', () => {
    expect(inTray('off', { asked: false })).toBeUndefined();
    expect(inTray('offered', { asked: false })).toBeDefined();
  });

  it('offers to lend the line, and nothing to rest, while it is off', () => {
    expect(inTray('off')).toEqual({ sentence: 'Your line is not lent', isOn: false });
    expect(inTray('leaving', { bridges: 1 })).toEqual({
      sentence: 'Your line is lent no more; calls are moving',
      isOn: false,
    });
  });

  it('counts the calls that pass', () => {
    expect(inTray('offered')?.sentence).toBe('Your line is lent; nobody needs it now');
    expect(inTray('offered', { bridges: 1 })?.sentence).toBe('Your line carries 1 call of others');
    expect(inTray('no-server', { bridges: 3 })?.sentence).toBe('Your line carries 3 calls of others');
    expect(inTray('offered', { bridges: 3 })?.offer).toBe('pause');
  });

  it('says which rule rests it, and until when', () => {
    const untilMs = new Date(2026, 11, 1, 17, 0).getTime();
    expect(inTray('resting', { rest: { rule: 'paused', untilMs } })).toEqual({
      sentence: 'Your line rests: paused, until 17:00',
      isOn: true,
      offer: 'go-on',
    });
    expect(inTray('leaving', { rest: { rule: 'on-battery' }, bridges: 1 })).toEqual({
      sentence: 'Calls of others are moving: on battery',
      isOn: true,
      offer: 'pause',
    });
    expect(inTray('resting', { rest: { rule: 'named-network', detail: 'Work' } })?.sentence).toBe(
      'Your line rests: never on “Work”',
    );
  });

  it.each(VolunteerRule.options)('has words for the rule %s', (rule) => {
    expect(inTray('resting', { rest: { rule } })?.sentence).toMatch(/^Your line rests: \S/);
  });

  it('names moments no longer than they have to be', () => {
    expect(moment(new Date(2026, 11, 1, 23, 5).getTime(), NOW)).toBe('23:05');
    expect(moment(new Date(2026, 11, 2, 7, 0).getTime(), NOW)).toBe('Wed 07:00');
    expect(moment(new Date(2027, 0, 1).getTime(), NOW)).toBe('1 Jan');
  });
});
