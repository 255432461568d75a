/**
 * A program for the laboratory (test/natlab): what the same events cost those who listen to a call by plain WebRTC that makes an ICE restart.
 * A node has no equal there. What comes closest is a TURN server of two, which is ended and, for the next time, started again.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { say } from '../../scripts/steps/project.ts';
import { SERVER, type Site } from '../../test/natlab/addresses.ts';
import { furnishEnclosure } from '../../test/natlab/enclosure.ts';
import { letOneHappen } from '../../test/natlab/events.ts';
import { buildInternet } from '../../test/natlab/internet.ts';
import { openPlainBrowser } from '../../test/natlab/laboratory.ts';
import { installProbe, readProbe, resetProbe } from '../../test/natlab/probe.ts';
import { openBareEnd } from '../setup/bare-end.ts';
import { iceServersAt, startCoturn, startSignalling } from '../setup/servers.ts';
import { Collected, costOfEvent, type SeriesInstructions, until } from './course.ts';
import type { EventName } from './plan.ts';

/** Both TURN servers, in the order in which both pages are told of them. */
const TURN_ADDRESSES = [SERVER.address, SERVER.other] as const;
const CALL_LIMIT_MS = 20_000;
/** Before the first event, and between what one brings with it and the next, ms: candidates that are late are found, encoders are at their rate. */
const SETTLE_MS = 5_000;
/** An ICE restart over a path that works has found the better one by then, ms. */
const BACK_LIMIT_MS = 20_000;
const MOST_FAILURES = 3;

const instructions = JSON.parse(process.argv[2] ?? '') as SeriesInstructions;
const { series, times, limitMs, kinds, browser } = instructions;
const [firstEvent = 'node-kill'] = series.events;
/** Where our calls go over nodes, these go over TURN. */
const isRelayed = series.nodes.length > 0;
const collected = new Collected(limitMs, firstEvent);
const turnServers = new Map<string, ChildProcess>();
try {
  await furnishEnclosure();
  const namespaces = await buildInternet({ ...instructions, nodes: [] });
  const relayUrl = await startSignalling();
  for (const address of TURN_ADDRESSES) turnServers.set(address, await startCoturn(address));
  const barePage = async (site: Site): Promise<Page> => {
    const page = await (await openPlainBrowser(site, namespaces[site], browser)).newPage();
    await installProbe(page);
    await openBareEnd(page, { relayUrl, iceServers: TURN_ADDRESSES.flatMap(iceServersAt) });
    return page;
  };
  const pages = [await barePage('a'), await barePage('b')] as const;
  const world = {
    kinds,
    volunteers: [],
    carryingNode: async () => null,
    past: [],
  };
  while (missing() > 0 && collected.failures < MOST_FAILURES) await oneCall(pages, world);
} catch (error) {
  collected.fail(firstEvent, error);
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
}
collected.print();

/** Times that are still to come. */
function missing(): number {
  return times - Math.min(...series.events.map((event) => collected.count(event)));
}

async function oneCall(
  pages: readonly [Page, Page],
  world: Parameters<typeof letOneHappen>[0],
): Promise<void> {
  const [caller, callee] = pages;
  for (const page of pages) {
    await resetProbe(page);
    await page.evaluate(() => globalThis.bareEnd?.open());
  }
  await caller.evaluate(() => globalThis.bareEnd?.call());
  try {
    await until('a call connected', CALL_LIMIT_MS, async () =>
      (await Promise.all(pages.map(readProbe))).every(({ firstVideoAt }) => firstVideoAt !== undefined),
    );
    while (missing() > 0) {
      for (const event of series.events) {
        await delay(SETTLE_MS);
        await madeReady(caller, event);
        const before = await restartsOf(caller);
        const reading = await costOfEvent(
          [caller, callee],
          event,
          () => happens(caller, event, world),
          async () => event !== 'straight-closed' || (await carrierOf(caller)) === 'relay',
        );
        collected.add({ ...reading, restarts: (await restartsOf(caller)) - before });
        await turnServersStand();
      }
    }
  } catch (error) {
    collected.fail(firstEvent, error);
    await turnServersStand();
  }
  for (const page of pages) await page.evaluate(() => globalThis.bareEnd?.end());
}

/** What carries is what the event is for. */
async function madeReady(caller: Page, event: EventName): Promise<void> {
  const wanted = isRelayed || event === 'straight-open' ? 'relay' : 'direct';
  if ((await carrierOf(caller)) === wanted) return;
  // It does not go back to a better path by itself.
  await caller.evaluate(() => globalThis.bareEnd?.restart());
  await until(`a path over which ${event} means something carried`, BACK_LIMIT_MS, async () => {
    return (await carrierOf(caller)) === wanted;
  });
  await delay(SETTLE_MS);
}

async function happens(
  caller: Page,
  event: EventName,
  world: Parameters<typeof letOneHappen>[0],
): Promise<number> {
  if (event !== 'node-kill' && event !== 'node-leave') {
    return letOneHappen(world, { what: event, site: 'a', atMs: 0, amount: 0 });
  }
  const relayedAt = (await caller.evaluate(() => globalThis.bareEnd?.relayedAt())) ?? [];
  const [address = 'nowhere'] = relayedAt;
  const turnServer = turnServers.get(address);
  if (turnServer === undefined) throw new Error(`no TURN server of ours relays at ${address}`);
  const at = performance.timeOrigin + performance.now();
  turnServer.kill(event === 'node-kill' ? 'SIGKILL' : 'SIGTERM');
  return at;
}

/** Those that were ended stand again. */
async function turnServersStand(): Promise<void> {
  for (const [address, child] of turnServers) {
    if (!child.killed) continue;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    turnServers.set(address, await startCoturn(address));
  }
}

async function restartsOf(caller: Page): Promise<number> {
  return (await caller.evaluate(() => globalThis.bareEnd?.restarts())) ?? 0;
}

async function carrierOf(caller: Page): Promise<'direct' | 'relay' | null> {
  const { pair } = await readProbe(caller);
  if (pair === null) return null;
  return pair.includes('relay') ? 'relay' : 'direct';
}
