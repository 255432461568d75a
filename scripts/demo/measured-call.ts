/** One call between two pages, measured from the person's side: from the click to what is seen and heard. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { cpuTimeMs } from '../steps/cpu.ts';
import { type Marks, type MediaReading, marksOf, mediaReading, part } from '../steps/interface-driver.ts';
import type { Person } from '../steps/people.ts';

/** What `npm run --silent demo -- --json` prints. docs/operating.md says what each number means. */
export interface DemoResult {
  /** The kind of path that carried the call. */
  readonly path: string;
  /** From the click that placed the call until both media ends were connected to each other, while it still rang. */
  readonly setupMs: number;
  /** From the click that answered until whoever clicked heard the other side. */
  readonly answerToAudioMs: number;
  /** From the click that answered until whoever clicked saw the other side. */
  readonly answerToVideoMs: number;
  /** From that click until the caller heard whoever answered, whose microphone opens with it. */
  readonly callerHearsMs: number;
  /** From that click until the caller saw whoever answered, whose camera opens with it. */
  readonly callerSeesMs: number;
  /** Frames decoded on each side: caller, callee. */
  readonly framesDecoded: readonly [number, number];
  /** Energy of the received sound on each side (webrtc-stats totalAudioEnergy). */
  readonly audioEnergy: readonly [number, number];
  /** Round trip between the media ends. */
  readonly rttMs: number;
  /** Processor time of each engine's process in the call, percent of one core; null where the system does not tell. */
  readonly engineCpuPercent: readonly [number | null, number | null];
}

/** Nothing in a call on one machine takes longer, ms. */
const LIMIT_MS = 20_000;
/** The pages note the moments themselves; asking them often would only take processor time from what is measured. */
const POLL_MS = 250;
/** How long both apps have been open when the call is placed: people do not call in the first second. */
const OPEN_MS = 2_000;
/** How long a person lets it ring, so that what is prepared meanwhile is ready, as in life. */
const RING_MS = 1_500;
/** Processor time is taken from here on, when the encoders have settled, ms. */
const SETTLE_MS = 1_000;
const MEASURE_MS = 6_000;

/** Places a video call, answers it, measures, and leaves it running. */
export async function measuredCall(caller: Person, callee: Person): Promise<DemoResult> {
  const sides = [caller, callee] as const;
  const pages = [caller.page, callee.page] as const;
  await part(caller.page, `contact-${callee.userId}`).click();
  await part(caller.page, 'call-video').first().waitFor();
  await delay(OPEN_MS);
  const placedAt = await clickAt(caller.page, 'call-video');
  await part(callee.page, 'answer-video').waitFor({ timeout: LIMIT_MS });
  const connected = await Promise.all(pages.map((page) => moment(page, 'endpointConnectedAt')));
  await delay(RING_MS);
  const answeredAt = await clickAt(callee.page, 'answer-video');
  const heardByCaller = await moment(caller.page, 'firstRemoteAudioAt');
  const heardByCallee = await moment(callee.page, 'firstRemoteAudioAt');
  const seenByCaller = await moment(caller.page, 'firstRemoteVideoAt');
  const seenByCallee = await moment(callee.page, 'firstRemoteVideoAt');

  await delay(SETTLE_MS);
  const before = sides.map(({ enginePid }) => cpuTimeMs(enginePid));
  const startedAt = performance.now();
  await delay(MEASURE_MS);
  const elapsedMs = performance.now() - startedAt;
  const percent = (index: number): number | null => {
    const from = before[index];
    const to = cpuTimeMs(sides[index === 0 ? 0 : 1].enginePid);
    return from === undefined || to === undefined ? null : round(((to - from) / elapsedMs) * 100, 1);
  };

  const [mine, theirs] = (await Promise.all(pages.map(mediaReading))) as [MediaReading, MediaReading];
  return {
    path: await pathKind(caller.page),
    setupMs: round(Math.max(...connected) - placedAt),
    answerToAudioMs: round(heardByCallee - answeredAt),
    answerToVideoMs: round(seenByCallee - answeredAt),
    callerHearsMs: round(heardByCaller - answeredAt),
    callerSeesMs: round(seenByCaller - answeredAt),
    framesDecoded: [mine.framesDecoded, theirs.framesDecoded],
    audioEnergy: [round(mine.audioEnergy, 4), round(theirs.audioEnergy, 4)],
    rttMs: round(Math.max(mine.rttMs ?? 0, theirs.rttMs ?? 0), 1),
    engineCpuPercent: [percent(0), percent(1)],
  };
}

/** Clicks inside the page and says when, by the page's own clock: the test's way to the page is no part of the time. */
async function clickAt(page: Page, testId: string): Promise<number> {
  return part(page, testId)
    .first()
    .evaluate((element: HTMLElement) => {
      const at = performance.timeOrigin + performance.now();
      element.click();
      return at;
    });
}

/** Waits until the page has noted a moment of the call. */
async function moment(page: Page, name: keyof Marks): Promise<number> {
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    const at = (await marksOf(page))[name];
    if (at !== undefined) return at;
    if (performance.now() > until) throw new Error(`the call got no further than before "${name}"`);
    await delay(POLL_MS);
  }
}

/** The kind of path, as the path panel names it. */
async function pathKind(page: Page): Promise<string> {
  const kind = part(page, 'path-kind').first();
  if (!(await kind.isVisible())) await part(page, 'path-panel-toggle').click();
  await kind.waitFor();
  return (await kind.getAttribute('data-kind')) ?? (await kind.textContent()) ?? 'unknown';
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
