/** Where attempts and events lie on the time line. */
import type { CallSnapshot, PathAttempt } from '../../../shared/call.ts';

type EventType = CallSnapshot['timeline'][number]['type'];

export interface TimelineBar {
  attempt: PathAttempt;
  /** 0 at the left, 1 at the right. */
  from: number;
  to: number;
  /** How long it took, or has taken so far. */
  lengthMs: number;
}

export interface TimelineMark {
  type: EventType;
  at: number;
  atMs: number;
}

export interface TimelineLayout {
  bars: TimelineBar[];
  marks: TimelineMark[];
  ticks: { at: number; ms: number }[];
}

/** Below this everything lies close to the left; above it each tenfold takes the same room. */
const LINEAR_UNTIL_MS = 30;
const TICKS_MS = [0, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000];
/** A bar is never thinner than this share of the width, or it could not be seen. */
const THINNEST = 0.012;

/**
 * Lays out a call on a logarithmic scale: set-up happens within a second and must be readable beside an answer that took
 * twenty. `nowMs` is ms since the call began; attempts that are still waiting reach up to it.
 */
export function layoutTimeline(call: Pick<CallSnapshot, 'path' | 'timeline'>, nowMs: number): TimelineLayout {
  const { attempts } = call.path;
  const ends = attempts.map((attempt) => attempt.endedMs ?? nowMs);
  const lastMs = Math.max(1_000, ...ends, ...call.timeline.map(({ atMs }) => atMs));
  const full = logarithm(lastMs);
  const place = (ms: number) => Math.min(1, logarithm(Math.max(0, ms)) / full);
  return {
    bars: [...attempts]
      .sort((one, other) => rank(one) - rank(other) || one.startedMs - other.startedMs)
      .map((attempt) => {
        const endMs = Math.max(attempt.startedMs, attempt.endedMs ?? nowMs);
        const from = Math.min(place(attempt.startedMs), 1 - THINNEST);
        return {
          attempt,
          from,
          to: Math.max(place(endMs), from + THINNEST),
          lengthMs: endMs - attempt.startedMs,
        };
      }),
    marks: call.timeline.map(({ type, atMs }) => ({ type, atMs, at: place(atMs) })),
    ticks: TICKS_MS.filter((ms) => ms <= lastMs).map((ms) => ({ ms, at: place(ms) })),
  };
}

const logarithm = (ms: number) => Math.log1p(ms / LINEAR_UNTIL_MS);

const order = { succeeded: 0, waiting: 1, abandoned: 2, failed: 3 } as const;
const rank = (attempt: PathAttempt) => order[attempt.outcome];
