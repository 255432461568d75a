/** What the tray says of the line that is lent, and offers to do about it. Pure. */
import type { Settings } from '../../shared/app.ts';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { words } from './words.ts';

export interface LendingInTray {
  readonly sentence: string;
  readonly isOn: boolean;
  /** What else can be done; absent where there is nothing to rest. */
  readonly offer?: 'pause' | 'go-on';
}

/**
 * Absent for whoever was never asked and never switched it on.
 *
 * @param nowMs ms since 1970
 */
export function lendingInTray(
  { volunteer, volunteerAsked }: Pick<Settings, 'volunteer' | 'volunteerAsked'>,
  state: Pick<VolunteerState, 'state' | 'rest' | 'bridges'>,
  nowMs: number,
): LendingInTray | undefined {
  // Off and leaving for no rule: its user has switched it off. The start alone can have switched it on, too.
  const isOn = state.state !== 'off' && (state.state !== 'leaving' || state.rest !== null);
  if (!isOn && !volunteer.enabled && !volunteerAsked) return undefined;
  const sentence = sentenceOf(state, nowMs);
  if (!isOn) return { sentence, isOn };
  return { sentence, isOn, offer: state.rest?.rule === 'paused' ? 'go-on' : 'pause' };
}

function sentenceOf(
  { state, rest, bridges }: Pick<VolunteerState, 'state' | 'rest' | 'bridges'>,
  nowMs: number,
): string {
  const { lending } = words;
  if (state === 'leaving') return rest === null ? lending.leaving : lending.leavingFor(why(rest, nowMs));
  if (state === 'resting' && rest !== null) return lending.resting(why(rest, nowMs));
  // Calls that are here go on without the server.
  if (bridges.length > 0) return lending.calls(bridges.length);
  return lending.state[state];
}

function why(rest: NonNullable<VolunteerState['rest']>, nowMs: number): string {
  const reason =
    rest.rule === 'named-network' && rest.detail !== undefined
      ? words.lending.neverOn(rest.detail)
      : words.lending.rest[rest.rule];
  return rest.untilMs === undefined ? reason : words.lending.until(reason, moment(rest.untilMs, nowMs));
}

/** "18:00" today, "Fri 18:00" within a week, "1 Jan" later; by the local clock. */
export function moment(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  if (atMs - nowMs < 6 * 86_400_000) return `${at.toLocaleDateString('en-GB', { weekday: 'short' })} ${time}`;
  return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
