/** What a series measures, and what `npm run bench -- events` makes of it. */
import { median, round } from '../measure.ts';
import { EVENT_NAMES, type EventName, WANTED, type Wanted } from './plan.ts';

/** What one event cost: the longest gap in the sound that the caller, and the callee, heard, ms. */
export interface Reading {
  readonly event: EventName;
  readonly gapsMs: readonly [number, number];
  /** How many ICE restarts plain WebRTC made of it. */
  readonly restarts?: number;
}

/** What came of one laboratory. */
export interface SeriesResult {
  readonly readings: readonly Reading[];
  /** What could not be measured, and why. */
  readonly failures: readonly { readonly event: EventName; readonly why: string }[];
}

/** One of the two, and one event. Over all readings of both ears. */
interface Cost {
  /** Caller, callee, in the order they were made. */
  readonly readings: readonly (readonly [number, number])[];
  readonly median: number | null;
  readonly worst: number | null;
  /** Of each reading, with plain WebRTC. */
  readonly restarts?: readonly number[];
  readonly failures: readonly string[];
}

export interface EventLine {
  readonly event: EventName;
  readonly wanted: Wanted;
  readonly byway: Cost | null;
  readonly webrtc: Cost | null;
}

/** @param byway what was measured of either; null where it was not asked for */
export function linesOf(byway: SeriesResult | null, webrtc: SeriesResult | null): readonly EventLine[] {
  return EVENT_NAMES.map((event) => ({
    event,
    wanted: WANTED[event],
    byway: byway && costOf(event, byway),
    webrtc: webrtc && costOf(event, webrtc),
  })).filter((line) => hasAnything(line.byway) || hasAnything(line.webrtc));
}

function costOf(event: EventName, { readings, failures }: SeriesResult): Cost {
  const ofEvent = readings.filter((reading) => reading.event === event);
  const these = ofEvent.map(({ gapsMs }) => gapsMs);
  const restarts = ofEvent.flatMap((reading) => reading.restarts ?? []);
  const all = these.flat();
  return {
    readings: these,
    median: all.length === 0 ? null : round(median(all), 0),
    worst: all.length === 0 ? null : Math.max(...all),
    ...(restarts.length > 0 && { restarts }),
    failures: failures.filter((failure) => failure.event === event).map(({ why }) => why),
  };
}

function hasAnything(cost: Cost | null): boolean {
  return cost !== null && cost.readings.length + cost.failures.length > 0;
}

/** For people: a line an event. */
export function lineInWords({ event, wanted, byway, webrtc }: EventLine): string {
  const { medianMs, worstMs } = wanted;
  const asked = medianMs === undefined ? `${worstMs}` : `${medianMs}, at worst ${worstMs}`;
  return `${event.padEnd(16)}${costInWords(byway)}   plain WebRTC ${costInWords(webrtc)}   wanted ${asked} ms`;
}

function costInWords(cost: Cost | null): string {
  if (cost === null) return 'not measured';
  const { readings, median, worst, failures } = cost;
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed: ${failures.join('; ')}`;
  if (median === null) return `nothing${failed}`;
  return `median ${median} ms, worst ${worst} ms (${readings.length} times, both ears${failed})`;
}
