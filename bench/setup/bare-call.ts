/** One call with plain WebRTC between two bare pages, measured as ours is. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { readProbe, resetProbe } from '../../test/natlab/probe.ts';
import type { MeasuredSetup } from './result.ts';

const CALL_LIMIT_MS = 20_000;
/** The pages note the moments themselves. */
const POLL_MS = 100;

/** Opens the devices of both, calls, measures, ends. */
export async function bareCall(caller: Page, callee: Page, talkMs: number): Promise<MeasuredSetup> {
  const pages = [caller, callee] as const;
  for (const page of pages) {
    await resetProbe(page);
    await page.evaluate(() => globalThis.bareEnd?.open());
  }
  const placedAt = await caller.evaluate(() => globalThis.bareEnd?.call() ?? Number.NaN);
  const until = performance.now() + CALL_LIMIT_MS;
  let readings = await Promise.all(pages.map(readProbe));
  while (readings.some(({ firstVideoAt }) => firstVideoAt === undefined) && performance.now() < until) {
    await delay(POLL_MS);
    readings = await Promise.all(pages.map(readProbe));
  }
  await delay(talkMs);
  readings = await Promise.all(pages.map(readProbe));
  for (const page of pages) await page.evaluate(() => globalThis.bareEnd?.end());
  const later = (moments: readonly (number | undefined)[]): number | null =>
    moments.every((at) => at !== undefined) ? Math.round(Math.max(...moments) - placedAt) : null;
  const types = readings.flatMap(({ pair }) => pair ?? []);
  return {
    connectedMs: later(readings.map(({ connectedAt }) => connectedAt)),
    firstVideoMs: later(readings.map(({ firstVideoAt }) => firstVideoAt)),
    path: types.length === 0 ? null : types.includes('relay') ? 'relay' : 'direct',
  };
}
