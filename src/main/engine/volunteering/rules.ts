/** The rules of whoever lends their line: settings, the machine and the clock in, what keeps it from serving out. Pure. */
import type { VolunteerRest, VolunteerSettings, VolunteerState } from '../../../shared/volunteer.ts';
import { LONGEST_PAUSE_MS } from './constants.ts';
import type { ConnectedNetwork, MachineFacts } from './machine.ts';
import { lookAtSchedule } from './schedule.ts';

export interface Circumstances {
  /** Ms since 1970. */
  readonly nowMs: number;
  /** When a pause ends, ms since 1970; null where there is none. */
  readonly pausedUntilMs: number | null;
  /** Whether somebody else counts in our folder. */
  readonly countedElsewhere: boolean;
  /** There is an allowance, and what is used of it cannot be written down. */
  readonly uncounted: boolean;
  /** Whether so little of the month's allowance is left that nobody can be served with it. */
  readonly allowanceUsed: boolean;
  /** When the month ends, ms since 1970. */
  readonly renewsMs: number;
  readonly machine: MachineFacts;
  /** Names of the interfaces that are up, for a host that tells of no networks. */
  readonly interfaceNames: readonly string[];
}

type Rule = (settings: VolunteerSettings, circumstances: Circumstances) => VolunteerRest | null;

/**
 * In order of precedence. First what the user said last, then what is certain for longest; what changes with every move of a mouse comes
 * at the end, so that it is told only where nothing else stands in the way.
 */
const RULES: readonly Rule[] = [
  (_, circumstances) => {
    const untilMs = pauseEndMs(circumstances);
    return untilMs === undefined ? null : { rule: 'paused', untilMs };
  },
  (_, { countedElsewhere }) => (countedElsewhere ? { rule: 'counted-elsewhere' } : null),
  (_, { uncounted }) => (uncounted ? { rule: 'not-counted' } : null),
  (_, { allowanceUsed, renewsMs }) => (allowanceUsed ? { rule: 'allowance-used', untilMs: renewsMs } : null),
  ({ schedule }, { nowMs }) => {
    if (schedule === null) return null;
    const { inside, untilMs } = lookAtSchedule(schedule, nowMs);
    return inside ? null : { rule: 'schedule', untilMs };
  },
  ({ neverOn }, circumstances) => {
    const detail = forbidden(neverOn, circumstances);
    return detail === undefined ? null : { rule: 'named-network', detail };
  },
  ({ onlyUnmetered }, { machine }) =>
    onlyUnmetered && machine.metered === true ? { rule: 'metered' } : null,
  ({ onlyOnMains }, { machine }) =>
    onlyOnMains && machine.onBattery === true ? { rule: 'on-battery' } : null,
  ({ idleMinutes }, { machine }) =>
    idleMinutes !== null && machine.idleS !== undefined && machine.idleS < idleMinutes * 60
      ? { rule: 'in-use' }
      : null,
];

/** What keeps a line from being lent now: the first rule that does, or null. */
export function restOf(settings: VolunteerSettings, circumstances: Circumstances): VolunteerRest | null {
  for (const rule of RULES) {
    const rest = rule(settings, circumstances);
    if (rest) return rest;
  }
  return null;
}

/** Rules that this machine could not keep: what a host does not tell stops nobody. */
export function untoldRules({ idleS, onBattery, metered, networks }: MachineFacts): VolunteerState['untold'] {
  const untold: VolunteerState['untold'] = [];
  if (idleS === undefined) untold.push('in-use');
  if (onBattery === undefined) untold.push('on-battery');
  if (metered === undefined) untold.push('metered');
  // Interfaces are known all the same, names of Wi-Fi networks are not.
  if (networks === undefined) untold.push('named-network');
  return untold;
}

/**
 * When the rules are worth another look, though nothing was announced, ms since 1970: a window opens or closes, a pause or a month ends,
 * idle time may have grown long enough. Absent where nothing of that is ahead.
 */
export function nextLookMs(settings: VolunteerSettings, circumstances: Circumstances): number | undefined {
  const { nowMs, renewsMs, machine } = circumstances;
  const moments = [renewsMs, pauseEndMs(circumstances) ?? nowMs];
  if (settings.schedule) moments.push(lookAtSchedule(settings.schedule, nowMs).untilMs ?? nowMs);
  if (settings.idleMinutes !== null && machine.idleS !== undefined) {
    const missingS = settings.idleMinutes * 60 - machine.idleS;
    if (missingS > 0) moments.push(nowMs + missingS * 1_000);
  }
  const ahead = moments.filter((moment) => moment > nowMs);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}

/** A pause that is longer than there are any was set before the clock was set back. */
function pauseEndMs({ pausedUntilMs, nowMs }: Circumstances): number | undefined {
  if (pausedUntilMs === null || pausedUntilMs <= nowMs) return undefined;
  return pausedUntilMs - nowMs <= LONGEST_PAUSE_MS ? pausedUntilMs : undefined;
}

/** The name of the first network we are in that is not to be used. Case is nobody's intention. */
function forbidden(
  neverOn: readonly string[],
  { machine, interfaceNames }: Circumstances,
): string | undefined {
  if (neverOn.length === 0) return undefined;
  const networks: readonly ConnectedNetwork[] =
    machine.networks ?? interfaceNames.map((interfaceName) => ({ interfaceName }));
  const never = new Set(neverOn.map((name) => name.trim().toLowerCase()));
  return networks
    .flatMap(({ name, interfaceName }) => (name === undefined ? [interfaceName] : [name, interfaceName]))
    .find((name) => never.has(name.trim().toLowerCase()));
}
