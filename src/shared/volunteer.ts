/** A machine that lends its line as a node: how it is set, and what it does now. Never for whom. */
import { z } from 'zod';
import { NodeStanding } from './rendezvous.ts';

export const VolunteerSettings = z.object({
  enabled: z.boolean(),
  /** Calls carried at once. */
  bridges: z.number().int().min(1).max(64),
  /** What all of them together may send, kbit/s. */
  kbitPerS: z.number().int().min(100).max(1_000_000),
});
export type VolunteerSettings = z.infer<typeof VolunteerSettings>;

export const VolunteerState = z.object({
  state: z.enum([
    'off',
    /** Switched off; guests are moving to other carriers. */
    'leaving',
    /** The rendezvous server cannot be reached, so nobody can be sent here. */
    'no-server',
    /** Our public address, or how the NAT before it behaves, is being found out. */
    'no-address',
    ...NodeStanding.options,
  ]),
  /** Calls that are carried now, the oldest first. */
  bridges: z.array(z.object({ ageS: z.number(), kbitPerS: z.number() })),
  /** Since the start of the app. */
  peopleHelped: z.number().int(),
  bytesForwarded: z.number(),
  refused: z.number().int(),
});
export type VolunteerState = z.infer<typeof VolunteerState>;
