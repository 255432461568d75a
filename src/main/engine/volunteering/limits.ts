/** How much may be sent on: by the caps, by what is left of the allowance. Pure. */
import type { VolunteerLimit, VolunteerSettings } from '../../../shared/volunteer.ts';
import {
  ALLOWANCE_END_MS,
  ALLOWANCE_END_PART,
  GB,
  LEAST_KBIT_PER_S,
  OWN_CALL_SHARE,
  WAYS,
} from './constants.ts';

export interface Limit {
  readonly kbitPerS: number;
  readonly by: VolunteerLimit;
}

/** The lowest of what the user has set. What comes in goes out again, so the cap of one way is that of the other. */
export function capOf({ upKbitPerS, downKbitPerS, lineUpKbitPerS, linePercent }: VolunteerSettings): Limit {
  const caps: Limit[] = [
    { kbitPerS: upKbitPerS, by: 'up' },
    { kbitPerS: downKbitPerS, by: 'down' },
  ];
  if (lineUpKbitPerS !== null)
    caps.push({ kbitPerS: (lineUpKbitPerS * linePercent) / 100, by: 'line-share' });
  return caps.reduce((lowest, cap) => (cap.kbitPerS < lowest.kbitPerS ? cap : lowest));
}

/** Bytes of a month's allowance, in and out together; null for any number. */
export function allowanceOf({ monthlyGB }: VolunteerSettings): number | null {
  return monthlyGB === null ? null : Math.round(monthlyGB * GB);
}

/** Whether no more is left of the allowance than guests need who have to move away. */
export function isUsedUp(allowanceBytes: number | null, usedBytes: number, capKbitPerS: number): boolean {
  if (allowanceBytes === null) return false;
  const end = Math.min(bytesIn(capKbitPerS, ALLOWANCE_END_MS), allowanceBytes * ALLOWANCE_END_PART);
  return allowanceBytes - usedBytes <= end;
}

/** The rate at which what is left of an allowance lasts until guests have moved away, kbit/s. */
export function lastingKbitPerS(allowanceBytes: number | null, usedBytes: number): number {
  if (allowanceBytes === null) return Number.POSITIVE_INFINITY;
  return (Math.max(0, allowanceBytes - usedBytes) * 8) / (WAYS * ALLOWANCE_END_MS);
}

/** In and out together, bytes. A kbit/s is a bit a ms. */
export function bytesIn(kbitPerS: number, durationMs: number): number {
  return Math.ceil((WAYS * kbitPerS * durationMs) / 8);
}

export interface Demands {
  /** Whether the user is in a call. */
  readonly inOwnCall: boolean;
  /** What the line can spare, from above 0 to 1. */
  readonly lineShare: number;
  readonly allowanceBytes: number | null;
  readonly usedBytes: number;
}

/** What all bridges together may send now, and what keeps it from being more. */
export function limitOf(cap: Limit, { inOwnCall, lineShare, allowanceBytes, usedBytes }: Demands): Limit {
  let { kbitPerS, by } = cap;
  if (inOwnCall) {
    kbitPerS *= OWN_CALL_SHARE;
    by = 'own-call';
  }
  if (lineShare < 1) {
    kbitPerS *= lineShare;
    by = 'latency';
  }
  // The last of an allowance is spread so thinly only where the caps are far above what it is meant for.
  const lasting = lastingKbitPerS(allowanceBytes, usedBytes);
  return { kbitPerS: Math.floor(Math.min(Math.max(kbitPerS, LEAST_KBIT_PER_S), cap.kbitPerS, lasting)), by };
}
