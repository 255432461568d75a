/** What the series of either have in common: waiting for what is to be there, and what an event cost those who listen. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Instructions } from '../../test/natlab/laboratory.ts';
import { longestGapMs } from '../../test/natlab/measured-call.ts';
import { type ProbeReading, readProbe } from '../../test/natlab/probe.ts';
import type { EventName, Series } from './plan.ts';
import type { Reading, SeriesResult } from './result.ts';

/** What a program of a series is told by `bench/events.ts`. */
export interface SeriesInstructions extends Instructions {
  readonly series: Series;
  /** How often each event is to happen. */
  readonly times: number;
  /** The program says what it has after this, and ends, ms. */
  readonly limitMs: number;
}

/** Asking the pages often would only take processor time from what is measured. */
const POLL_MS = 200;
/** The readings of the sound come every 50 ms: a gap that ended longer ago than this is over, ms. */
const FLOWING_MS = 500;
/** Sound that is away for so long does not come back, ms: ICE's own consent ends after 30 s (RFC 7675 §5.1). */
const SILENCE_LIMIT_MS = 40_000;
/** What begins so long after an event is laid to it, ms: a search for a new way takes some seconds. */
const AFTERMATH_MS = 8_000;

/** @throws Error when it does not come true in time */
export async function until(what: string, limitMs: number, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`${what} not within ${limitMs / 1_000} s`);
    await delay(POLL_MS);
  }
}

/**
 * Lets an event happen and gives what it cost both.
 *
 * @param happen gives when it happened, ms since 1970
 * @param isOver whether the call has gone where the event sends it; what begins until then, and for some seconds at the least, is laid to it
 * @throws Error when the sound does not come back, or the call does not go there
 */
export async function costOfEvent(
  pages: readonly [Page, Page],
  event: EventName,
  happen: () => Promise<number>,
  isOver: () => Promise<boolean>,
): Promise<Reading> {
  const at = await happen();
  await delay(AFTERMATH_MS);
  await until('the sound came back', SILENCE_LIMIT_MS, async () => {
    const nowMs = performance.timeOrigin + performance.now();
    return (await readings(pages)).every((reading) => flows(reading, nowMs));
  });
  await until('the call went where it should', SILENCE_LIMIT_MS, isOver);
  // What begins with the move is in the counters then.
  await delay(FLOWING_MS);
  const [caller, callee] = await readings(pages);
  const end = performance.timeOrigin + performance.now();
  return { event, gapsMs: [longestGapMs(caller, at, end), longestGapMs(callee, at, end)] };
}

function flows({ audioGaps }: ProbeReading, nowMs: number): boolean {
  const last = audioGaps.at(-1);
  return last === undefined || last.beganAt + last.lengthMs < nowMs - FLOWING_MS;
}

async function readings([caller, callee]: readonly [Page, Page]): Promise<[ProbeReading, ProbeReading]> {
  return Promise.all([readProbe(caller), readProbe(callee)]);
}

/** What a program has so far, printed once, at its end or its limit. */
export class Collected {
  readonly #readings: Reading[] = [];
  readonly #failures: SeriesResult['failures'][number][] = [];

  constructor(limitMs: number, event: EventName) {
    setTimeout(() => {
      this.fail(event, new Error(`the laboratory did not come to an end within ${limitMs / 1_000} s`));
      this.print();
    }, limitMs);
  }

  get failures(): number {
    return this.#failures.length;
  }

  count(event: EventName): number {
    return this.#readings.filter((reading) => reading.event === event).length;
  }

  add(reading: Reading): void {
    this.#readings.push(reading);
  }

  fail(event: EventName, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#failures.push({ event, why: why.split('\n', 1)[0] ?? why });
  }

  /** Ends the process; the kernel ends and removes all that runs in the enclosure. */
  print(): never {
    const result: SeriesResult = { readings: this.#readings, failures: this.#failures };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.exit(0);
  }
}
