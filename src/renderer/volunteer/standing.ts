/** From the engine's state to what the page says of it on top. Pure: keys of sentences, and what is filled into them. */
import type { VolunteerRule, VolunteerState } from '../../shared/volunteer.ts';
import type { Format } from '../ui/format.ts';

/** Whether its user wants it to serve, though a rule may keep it from that: also where its start alone said so. */
export function isSwitchedOn({ state, rest }: VolunteerState): boolean {
  return state !== 'off' && !(state === 'leaving' && rest === null);
}

export interface Standing {
  readonly tone: 'good' | 'quiet' | 'trouble';
  readonly title: string;
  readonly means: string;
  /** For both. */
  readonly values: Readonly<Record<string, string | number>>;
}

const TROUBLES: ReadonlySet<VolunteerState['state']> = new Set([
  'no-server',
  'unreachable',
  'port-varies',
  'other-version',
  'too-many',
]);

/** Nobody wished for these. */
const UNWANTED: ReadonlySet<VolunteerRule> = new Set(['counted-elsewhere', 'not-counted']);

/** @param now ms since 1970 */
export function standing(
  volunteer: VolunteerState,
  { idleMinutes, format, now }: { idleMinutes: number | null; format: Format; now: number },
): Standing {
  const { state, rest, bridges } = volunteer;
  if (rest !== null && isSwitchedOn(volunteer)) {
    const until = rest.untilMs === undefined ? undefined : format.until(rest.untilMs, now);
    const resting = until === undefined ? 'volunteer.resting' : 'volunteer.restingUntil';
    return {
      tone: UNWANTED.has(rest.rule) ? 'trouble' : 'quiet',
      title: state === 'leaving' ? 'volunteer.restLeaving' : resting,
      means: `volunteer.rest.${rest.rule}`,
      values: { until: until ?? '', network: rest.detail ?? '', minutes: idleMinutes ?? 0 },
    };
  }
  const name = state === 'offered' && bridges.length > 0 ? 'serving' : state;
  return {
    tone: state === 'offered' ? 'good' : TROUBLES.has(state) ? 'trouble' : 'quiet',
    title: `volunteer.state.${name}`,
    means: `volunteer.means.${name}`,
    values: {},
  };
}
