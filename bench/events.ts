/**
 * What a listener loses when something happens in the middle of a call: to Byway, and to plain WebRTC that makes an ICE restart, event by
 * event behind real NATs. docs/natlab.md says what is the same for both and what is not.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { findBrowser } from '../scripts/steps/browser.ts';
import { outputOfEnclosed } from '../test/natlab/enclosed-program.ts';
import { missingForLaboratory } from '../test/natlab/prerequisites.ts';
import { compileWire } from '../test/natlab/wire/wire.ts';
import type { SeriesInstructions } from './events/course.ts';
import { EVENT_NAMES, type EventName, SERIES, type Series } from './events/plan.ts';
import { type EventLine, lineInWords, linesOf, type SeriesResult } from './events/result.ts';
import { machine, round } from './measure.ts';

const PROGRAMS = { byway: 'bench/events/byway-series.ts', webrtc: 'bench/events/plain-series.ts' } as const;
type Side = keyof typeof PROGRAMS;
const SIDES = Object.keys(PROGRAMS) as readonly Side[];

const DEFAULT_READINGS = '20';
/** One way between each site and the internet, ms. */
const DELAY_MS = 20;
/** Laboratories beyond those that are needed when all goes well: what fails is made up for, and ends. */
const MORE_LABORATORIES = 2;
/** A laboratory that does not come to its end by itself says what it has after this, and so much for each event, ms. */
const LABORATORY_LIMIT_MS = 90_000;
const EVENT_LIMIT_MS = 40_000;

/** Runs it and returns the result that `--json` prints. */
export async function benchEvents(say: (line: string) => void, args: readonly string[]) {
  const { readings, only, sides } = readFlags(args);
  const why = await missingForLaboratory({ turnserver: 'coturn' });
  if (why !== undefined) throw new Error(`the laboratory cannot be built here: ${why}.`);
  const wireProgram = await compileWire();
  const loadBefore = load();
  const lines: EventLine[] = [];
  for (const series of SERIES) {
    const events = series.events.filter((event) => only.includes(event));
    if (events.length === 0) continue;
    const measured: Record<Side, SeriesResult | null> = { byway: null, webrtc: null };
    for (const side of sides) measured[side] = await measure(side, series, readings, wireProgram);
    const these = linesOf(measured.byway, measured.webrtc).filter(({ event }) => only.includes(event));
    for (const line of these) say(lineInWords(line));
    lines.push(...these);
  }
  return {
    events: lines,
    readings,
    delayMs: DELAY_MS,
    machine: machine(),
    /** Of the last minute, when it began and when it ended: what else the machine was busy with. */
    loadAverage: [loadBefore, load()],
  };
}

/** For people: a line an event. */
export function eventsInWords({ events }: Awaited<ReturnType<typeof benchEvents>>): string {
  return events.map(lineInWords).join('\n');
}

/** One laboratory after another, until there are as many readings as asked for or it is of no use. */
async function measure(
  side: Side,
  series: Series,
  readings: number,
  wireProgram: string,
): Promise<SeriesResult> {
  const all: { readings: SeriesResult['readings'][number][]; failures: SeriesResult['failures'][number][] } =
    {
      readings: [],
      failures: [],
    };
  const missing = () =>
    readings -
    Math.min(...series.events.map((name) => all.readings.filter(({ event }) => event === name).length));
  const most = Math.ceil(readings / series.timesALaboratory) + MORE_LABORATORIES;
  for (let laboratory = 0; laboratory < most && missing() > 0; laboratory++) {
    const times = Math.min(missing(), series.timesALaboratory);
    const instructions: SeriesInstructions = {
      series,
      times,
      limitMs: LABORATORY_LIMIT_MS + times * series.events.length * EVENT_LIMIT_MS,
      kinds: series.kinds,
      nodes: series.nodes,
      // Plain WebRTC has one too.
      relay: 'udp',
      delayMs: DELAY_MS,
      lossPercent: 0,
      wireProgram,
      browser: findBrowser() ?? '',
    };
    try {
      const result = await outputOfEnclosed<SeriesResult>(PROGRAMS[side], instructions);
      all.readings.push(...result.readings);
      all.failures.push(...result.failures);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      for (const event of series.events) all.failures.push({ event, why });
    }
  }
  return all;
}

function load(): number {
  return round(loadavg()[0] ?? Number.NaN);
}

function readFlags(args: readonly string[]): {
  readings: number;
  only: readonly EventName[];
  sides: readonly Side[];
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      readings: { type: 'string', default: DEFAULT_READINGS },
      only: { type: 'string', default: EVENT_NAMES.join(',') },
      of: { type: 'string', default: SIDES.join(',') },
    },
  });
  const readings = Number(values.readings);
  if (!Number.isInteger(readings) || readings < 1)
    throw new Error('--readings must be a whole number from 1 on');
  return {
    readings,
    only: namesIn('--only', values.only, EVENT_NAMES),
    sides: namesIn('--of', values.of, SIDES),
  };
}

function namesIn<Name extends string>(flag: string, text: string, names: readonly Name[]): readonly Name[] {
  return text.split(',').map((each) => {
    const name = names.find((one) => one === each);
    if (name === undefined)
      throw new Error(`${flag} must name some of ${names.join(', ')}: "${each}" is none`);
    return name;
  });
}
