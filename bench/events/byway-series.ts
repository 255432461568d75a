/** A program for the laboratory (test/natlab): what events cost those who listen to calls by Byway. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { introduce } from '../../scripts/steps/people.ts';
import { say } from '../../scripts/steps/project.ts';
import { callOf, nodeOfCall } from '../../test/natlab/byway-page.ts';
import { furnishEnclosure } from '../../test/natlab/enclosure.ts';
import { type EventWorld, letOneHappen } from '../../test/natlab/events.ts';
import { type Laboratory, openLaboratory } from '../../test/natlab/laboratory.ts';
import { endCall, measuredCall, readyToCall } from '../../test/natlab/measured-call.ts';
import { Collected, costOfEvent, type SeriesInstructions, until } from './course.ts';
import type { EventName } from './plan.ts';

/** A carrier is joined to stand by some 6 s after a call connects. */
const FIRST_SETTLE_MS = 9_000;
/** After what an event brings with it, until the next one: another carrier stands by then. */
const SETTLE_MS = 4_000;
/** A straight path that died is gone back to after this at the latest: RETURN_MS of the path, four times, and the checks. */
const BACK_LIMIT_MS = 50_000;
/** So many calls that come to nothing are enough to know. */
const MOST_FAILURES = 3;

const instructions = JSON.parse(process.argv[2] ?? '') as SeriesInstructions;
const { series, times, limitMs, kinds } = instructions;
const [firstEvent = 'node-kill'] = series.events;
const collected = new Collected(limitMs, firstEvent);
try {
  await furnishEnclosure();
  const laboratory = await openLaboratory(instructions);
  const { a: ada, b: ben, server, volunteers } = laboratory;
  await introduce(ada, ben);
  await readyToCall(ada, ben);
  const world: EventWorld = {
    kinds,
    server,
    volunteers,
    carryingNode: () => nodeOfCall(ada.page),
    past: [],
  };
  while (missing() > 0 && collected.failures < MOST_FAILURES) await oneCall(laboratory, world);
} catch (error) {
  collected.fail(firstEvent, error);
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
}
collected.print();

/** Times that are still to come. */
function missing(): number {
  return times - Math.min(...series.events.map((event) => collected.count(event)));
}

async function oneCall({ a: ada, b: ben }: Laboratory, world: EventWorld): Promise<void> {
  let isConnected = false;
  await measuredCall(ada, ben, {
    talkMs: 0,
    happened: async () => {
      isConnected = true;
      await delay(FIRST_SETTLE_MS - SETTLE_MS);
      const most = Math.min(series.timesACall, missing());
      for (let time = 0; time < most; time++) {
        for (const event of series.events) {
          if (!(await happens(ada.page, ben.page, event, world))) return [];
        }
      }
      return [];
    },
  });
  if (!isConnected) collected.fail(firstEvent, new Error('a call did not connect'));
  await endCall(ada, ben);
}

/** False where there is nothing more to be had from this call. */
async function happens(caller: Page, callee: Page, event: EventName, world: EventWorld): Promise<boolean> {
  const kind = async () => (await callOf(caller))?.path.active?.kind;
  try {
    await delay(SETTLE_MS);
    await until(`the path that ${event} is for carried`, BACK_LIMIT_MS, async () => {
      if (series.nodes.length > 0) return (await kind()) === 'sfu';
      return ((await kind()) === 'direct') !== (event === 'straight-open');
    });
    const nodeBefore = await nodeOfCall(caller);
    const reading = await costOfEvent(
      [caller, callee],
      event,
      () => letOneHappen(world, { what: event, site: 'a', atMs: 0, amount: 0 }),
      async () => {
        if ((await callOf(caller))?.phase === 'ended') throw new Error(`the call ended after ${event}`);
        if (series.nodes.length > 0) return (await nodeOfCall(caller)) !== nodeBefore;
        if (event === 'straight-closed') return (await kind()) !== 'direct';
        return event !== 'straight-open' || (await kind()) === 'direct';
      },
    );
    collected.add(reading);
    return true;
  } catch (error) {
    collected.fail(event, error);
    return false;
  }
}
