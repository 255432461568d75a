/** A machine that lends its line as a node: the rules its user has set, and what it does now. Never for whom. */
import { z } from 'zod';
import { NodeStanding } from './rendezvous.ts';

/** Minutes of a local day: 0 is midnight. */
const MinuteOfDay = z.number().int().min(0).max(1_440);

/** Part of every week, by the local clock. `toMinute` at or before `fromMinute` lies on the day after. */
export const WeeklyWindow = z.object({
  /** Days on which it begins, 0 is Sunday. */
  days: z.array(z.number().int().min(0).max(6)).min(1).max(7),
  fromMinute: MinuteOfDay.max(1_439),
  toMinute: MinuteOfDay,
});
export type WeeklyWindow = z.infer<typeof WeeklyWindow>;

const KbitPerS = z.number().int().min(100).max(1_000_000);

export const VolunteerSettings = z.object({
  enabled: z.boolean(),
  /** Calls carried at once. */
  bridges: z.number().int().min(1).max(1_000),
  /** What all of them together may send, and receive. */
  upKbitPerS: KbitPerS,
  downKbitPerS: KbitPerS,
  /** Upload of the line as its user knows it; null where nobody has said. */
  lineUpKbitPerS: KbitPerS.nullable(),
  /** Of that line, percent, never exceeded. */
  linePercent: z.number().int().min(5).max(100),
  /** 10^9 bytes a calendar month, in and out together, as providers count; null for any number. */
  monthlyGB: z.number().min(1).max(100_000).nullable(),
  /** Null for always. */
  schedule: z.array(WeeklyWindow).min(1).max(28).nullable(),
  /** Nobody has used keyboard or mouse for so long; null for whether or not. */
  idleMinutes: z.number().int().min(1).max(240).nullable(),
  onlyOnMains: z.boolean(),
  onlyUnmetered: z.boolean(),
  /** Names of Wi-Fi networks or interfaces. */
  neverOn: z.array(z.string().trim().min(1).max(64)).max(32),
});
export type VolunteerSettings = z.infer<typeof VolunteerSettings>;

/** What keeps it from serving although it is switched on. */
export const VolunteerRule = z.enum([
  'paused',
  'allowance-used',
  'schedule',
  'in-use',
  'on-battery',
  'metered',
  'named-network',
  /** Another Byway of this account counts the allowance now. */
  'counted-elsewhere',
  /** There is an allowance, and what is used of it cannot be written to the disk. */
  'not-counted',
]);
export type VolunteerRule = z.infer<typeof VolunteerRule>;

export const VolunteerRest = z.object({
  rule: VolunteerRule,
  /** Ms since 1970; absent where that depends on what people do. */
  untilMs: z.number().optional(),
  /** Which network. */
  detail: z.string().optional(),
});
export type VolunteerRest = z.infer<typeof VolunteerRest>;

/** Why all bridges together may send no more than they may now. */
export const VolunteerLimit = z.enum([
  'up',
  'down',
  'line-share',
  /** The user is in a call. */
  'own-call',
  /** Round trips to the nearest STUN server have grown: the line is wanted for something else. */
  'latency',
]);
export type VolunteerLimit = z.infer<typeof VolunteerLimit>;

export const VolunteerState = z.object({
  state: z.enum([
    'off',
    /** Switched off, or a rule forbids it; guests are moving to other carriers. */
    'leaving',
    /** Switched on; `rest` says what it waits for. */
    'resting',
    /** The rendezvous server cannot be reached, so nobody can be sent here. */
    'no-server',
    /** Our public address, or how the NAT before it behaves, is being found out. */
    'no-address',
    ...NodeStanding.options,
  ]),
  /** What it waits for, or leaves for. */
  rest: VolunteerRest.nullable(),
  /** Calls that are carried now, the oldest first. */
  bridges: z.array(
    z.object({
      ageS: z.number(),
      kbitPerS: z.number(),
      /** Of what came since the last measurement, percent that was beyond a limit and dropped. */
      droppedPercent: z.number(),
    }),
  ),
  /** Since the start of the app, and ever. */
  peopleHelped: z.number().int(),
  peopleHelpedEver: z.number().int(),
  /** Passed on: each byte once, though it came in and went out. */
  bytesForwarded: z.number(),
  bytesForwardedEver: z.number(),
  /** Who came when it was full, since the start of the app. */
  refused: z.number().int(),
  /** Bridges ever to which both sides came and sent, and those that one waited at in vain. */
  worked: z.number().int(),
  failed: z.number().int(),
  /** Passed on by local day, the newest last; days without any are left out. */
  days: z.array(z.object({ day: z.iso.date(), bytes: z.number() })).max(62),
  month: z.object({
    /** In and out together, as the allowance counts. */
    usedBytes: z.number(),
    allowanceBytes: z.number().nullable(),
    /** When it begins anew, ms since 1970. */
    renewsMs: z.number(),
  }),
  limit: z.object({ kbitPerS: z.number(), by: VolunteerLimit }),
  /** Which callers could come here, by what is known of our own network. */
  reach: z.object({
    callers: z.enum(['everybody', 'most', 'open', 'nobody', 'unknown']),
    /** What would let more come. */
    remedies: z.array(z.enum(['port-mapping', 'ipv6', 'udp'])),
  }),
  /** Of this process, since the last measurement: percent of one processor, and bytes it holds. */
  cost: z.object({ cpuPercent: z.number(), memoryBytes: z.number() }),
  /** Rules that this machine has no way to keep, because the system does not tell. */
  untold: z.array(z.enum(['in-use', 'on-battery', 'metered', 'named-network'])),
});
export type VolunteerState = z.infer<typeof VolunteerState>;

/** A pause from now on, minutes. */
export const VolunteerPause = z.object({ minutes: z.number().int().min(1).max(1_440) });
