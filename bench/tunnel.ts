/**
 * What the tunnel costs: the same call with and without it, in turn, in the same browser. Without it two connections of
 * one bare page reach each other by their own ICE; with it each goes through an engine in a process of its own.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, chromium, type Page } from '@playwright/test';
import { chromiumSwitches, findBrowser } from '../scripts/steps/browser.ts';
import { startServerProcess } from '../scripts/steps/byway-processes.ts';
import { cpuTimeMs } from '../scripts/steps/cpu.ts';
import type { CallSnapshot } from '../src/shared/call.ts';
import { type HeadlessEngine, startHeadlessEngine } from './headless-engine.ts';
import { machine, median, residentMb, round } from './measure.ts';
import { type MediaEnd, openMediaEnd } from './media-end.ts';

/** The bandwidth estimate has settled after this, ms. */
const SETTLE_MS = 8_000;
const MEASURE_MS = 12_000;
const IDLE_MS = 15_000;
const SAMPLE_MS = 100;
const ROUNDS = 3;
/** A call that is not connected after this will not be, ms. */
const CONNECT_LIMIT_MS = 15_000;

interface Round {
  readonly mbitPerS: number;
  readonly packetsPerS: number;
  readonly rttMs: number;
  readonly packetsLost: number;
}

/** Runs it and returns the result that `--json` prints. */
export async function benchTunnel(say: (line: string) => void, flags: readonly string[]) {
  if (flags.length > 0) throw new Error(`the bench of the tunnel takes no ${flags.join(' ')}`);
  const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumSwitches() });
  const server = await startServerProcess();
  const engines: HeadlessEngine[] = [];
  try {
    for (const name of ['Alice', 'Bob']) engines.push(await startHeadlessEngine(name, server.url));
    const [alice, bob] = engines as [HeadlessEngine, HeadlessEngine];
    await befriend(alice, bob);
    say(`idle engines, ${IDLE_MS / 1000} s`);
    const idle = await measureIdle(engines);
    const bare: Round[] = [];
    const tunnel: (Round & { cpuPercent: number[] })[] = [];
    for (let turn = 1; turn <= ROUNDS; turn += 1) {
      say(`round ${turn} of ${ROUNDS}: bare`);
      bare.push(await withPage(browser, measureBare));
      say(`round ${turn} of ${ROUNDS}: through the tunnel`);
      tunnel.push(await withPage(browser, (page) => measureTunnel(page, alice, bob)));
    }
    const rttMs = { bare: median(bare.map((r) => r.rttMs)), tunnel: median(tunnel.map((r) => r.rttMs)) };
    return {
      cpuPercent: [0, 1].map((side) => round(median(tunnel.map((r) => r.cpuPercent[side] ?? Number.NaN)))),
      cpuPercentRounds: tunnel.map((r) => r.cpuPercent.map((value) => round(value))),
      mbitPerS: {
        bare: round(median(bare.map((r) => r.mbitPerS))),
        tunnel: round(median(tunnel.map((r) => r.mbitPerS))),
      },
      packetsPerS: round(median(tunnel.map((r) => r.packetsPerS)), 0),
      packetsLost: tunnel.map((r) => r.packetsLost),
      rttMs: { bare: round(rttMs.bare, 3), tunnel: round(rttMs.tunnel, 3) },
      addedRttMs: round(rttMs.tunnel - rttMs.bare, 3),
      idle,
      machine: machine(),
    };
  } finally {
    await Promise.all(engines.map((engine) => engine.stop()));
    await server.stop();
    await browser.close();
  }
}

/** A page of a secure origin with nothing on it. */
async function withPage<T>(browser: Browser, work: (page: Page) => Promise<T>): Promise<T> {
  const blank = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>'),
  );
  blank.listen(0, '127.0.0.1');
  await once(blank, 'listening');
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(blank.address() as AddressInfo).port}/`);
    return await work(page);
  } finally {
    await page.close();
    blank.close();
  }
}

async function measureBare(page: Page): Promise<Round> {
  const one = await openMediaEnd(page);
  const other = await openMediaEnd(page);
  const offer = await one.evaluate((end) => end.offer());
  const answer = await other.evaluate((end, sdp) => end.answer(sdp), offer);
  await one.evaluate((end, sdp) => end.accept(sdp), answer);
  await other.evaluate((end, found) => end.add(found), await one.evaluate((end) => end.candidates()));
  await one.evaluate((end, found) => end.add(found), await other.evaluate((end) => end.candidates()));
  return measureCall(one, other);
}

async function measureTunnel(page: Page, alice: HeadlessEngine, bob: HeadlessEngine) {
  const one = await openMediaEnd(page);
  const other = await openMediaEnd(page);
  const over = new AbortController();
  const { callId } = await alice.client.calls.place({ userId: bob.userId, media: 'video' });
  const offered = await endpointWhere(alice, over.signal, () => true);
  await describe(alice, callId, offered.id, 'offer', await one.evaluate((end) => end.offer()));
  const toAnswer = await endpointWhere(bob, over.signal, (endpoint) => endpoint.remote !== undefined);
  const answer = await other.evaluate((end, sdp) => end.answer(sdp), toAnswer.remote?.sdp ?? '');
  await describe(bob, callId, toAnswer.id, 'answer', answer);
  await bob.client.calls.answer({ callId, media: 'video' });
  const answered = await endpointWhere(alice, over.signal, (endpoint) => endpoint.remote !== undefined);
  await one.evaluate((end, sdp) => end.accept(sdp), answered.remote?.sdp ?? '');
  const processes = [alice, bob].map(({ processId }) => processId);
  let before: number[] = [];
  const call = await measureCall(one, other, () => {
    before = processes.map(cpuMs);
  });
  const after = processes.map(cpuMs);
  await alice.client.calls.hangUp({ callId });
  for (const engine of [alice, bob]) await endOf(engine, over.signal);
  over.abort();
  return {
    ...call,
    cpuPercent: after.map((spentMs, side) => ((spentMs - (before[side] ?? 0)) / MEASURE_MS) * 100),
  };
}

async function measureCall(one: MediaEnd, other: MediaEnd, started?: () => void): Promise<Round> {
  const limit = Date.now() + CONNECT_LIMIT_MS;
  while (!(await one.evaluate((end) => end.stats())).connected) {
    if (Date.now() > limit) throw new Error('the two media ends did not connect');
    await delay(SAMPLE_MS);
  }
  await delay(SETTLE_MS);
  started?.();
  const before = await one.evaluate((end) => end.stats());
  const startedAt = performance.now();
  const roundTrips: number[] = [];
  let told = before.roundTrips;
  let now = before;
  while (performance.now() - startedAt < MEASURE_MS) {
    await delay(SAMPLE_MS);
    now = await one.evaluate((end) => end.stats());
    if (now.roundTrips === told) continue;
    told = now.roundTrips;
    roundTrips.push(now.rttMs);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  for (const end of [one, other]) await end.evaluate((each) => each.close());
  return {
    mbitPerS: ((now.bytesSent - before.bytesSent) * 8) / 1e6 / seconds,
    packetsPerS:
      (now.packetsSent - before.packetsSent + now.packetsReceived - before.packetsReceived) / seconds,
    packetsLost: now.packetsLost - before.packetsLost,
    rttMs: median(roundTrips),
  };
}

async function measureIdle(engines: readonly HeadlessEngine[]) {
  const before = engines.map(({ processId }) => cpuMs(processId));
  await delay(IDLE_MS);
  return {
    cpuPercent: engines.map(({ processId }, index) =>
      round(((cpuMs(processId) - (before[index] ?? 0)) / IDLE_MS) * 100),
    ),
    residentMb: engines.map(({ processId }) => round(residentMb(processId), 1)),
  };
}

async function befriend(one: HeadlessEngine, other: HeadlessEngine): Promise<void> {
  await one.client.contacts.add({ link: other.link });
  for await (const { requests } of await other.client.contacts.watch()) {
    if (!requests.some(({ userId }) => userId === one.userId)) continue;
    await other.client.contacts.acceptRequest({ userId: one.userId });
    break;
  }
  for await (const { contacts } of await one.client.contacts.watch()) {
    if (contacts.some(({ userId, online }) => userId === other.userId && online)) break;
  }
}

/** NaN where the system does not tell. */
function cpuMs(processId: number): number {
  return cpuTimeMs(processId) ?? Number.NaN;
}

function describe(
  engine: HeadlessEngine,
  callId: string,
  endpointId: string,
  type: 'offer' | 'answer',
  sdp: string,
) {
  return engine.client.calls.describe({ callId, endpointId, description: { type, sdp } });
}

async function endpointWhere(
  engine: HeadlessEngine,
  signal: AbortSignal,
  wanted: (endpoint: NonNullable<CallSnapshot['endpoint']>) => boolean,
): Promise<NonNullable<CallSnapshot['endpoint']>> {
  for await (const { call } of await engine.client.calls.watch(undefined, { signal })) {
    if (call?.phase === 'ended') throw new Error(`the call ended: ${call.end}`);
    if (call?.endpoint && wanted(call.endpoint)) return call.endpoint;
  }
  throw new Error('the engine went away');
}

async function endOf(engine: HeadlessEngine, signal: AbortSignal): Promise<void> {
  for await (const { call } of await engine.client.calls.watch(undefined, { signal })) {
    if (call && call.phase !== 'ended') continue;
    if (call) await engine.client.calls.dismiss({ callId: call.id });
    return;
  }
}
