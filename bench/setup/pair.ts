/** A program for the laboratory (test/natlab): calls between two sites by Byway and by plain WebRTC, in turn. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from '@playwright/test';
import { introduce, type Person } from '../../scripts/steps/people.ts';
import { say } from '../../scripts/steps/project.ts';
import { callOf } from '../../test/natlab/byway-page.ts';
import { furnishEnclosure } from '../../test/natlab/enclosure.ts';
import { type Instructions, openLaboratory } from '../../test/natlab/laboratory.ts';
import { endCall, measuredCall, readyToCall } from '../../test/natlab/measured-call.ts';
import { installProbe } from '../../test/natlab/probe.ts';
import { bareCall } from './bare-call.ts';
import { type BareOptions, openBareEnd } from './bare-end.ts';
import type { MeasuredSetup, PairRounds, Rounds } from './result.ts';
import { startServersOfPlainWebRtc } from './servers.ts';

/** What `bench/setup.ts` asks for. */
export interface PairInstructions extends Instructions {
  readonly rounds: number;
  /** A call that begins over the relay is looked at for so long: it is to find something better, ms. */
  readonly settleMs?: number;
}

const POLL_MS = 100;
/** How long each call goes on after the first picture, ms: enough to see that it does. */
const TALK_MS = 500;

try {
  await furnishEnclosure();
  const instructions = JSON.parse(process.argv[2] ?? '') as PairInstructions;
  const { a: ada, b: ben, plainBrowser } = await openLaboratory(instructions);
  await introduce(ada, ben);
  await readyToCall(ada, ben);
  const servers = await startServersOfPlainWebRtc();
  const bare = [
    await barePage(await plainBrowser('a'), servers(instructions.kinds.a)),
    await barePage(await plainBrowser('b'), servers(instructions.kinds.b)),
  ] as const;

  const byway: MeasuredSetup[] = [];
  const webrtc: MeasuredSetup[] = [];
  const ours = async () => {
    const { connectedMs, firstVideoMs, path, paths } = await measuredCall(ada, ben, { talkMs: TALK_MS });
    const node = paths.at(-1)?.node ?? null;
    const settledPath = path === 'relay' ? await settled(ada, instructions.settleMs ?? 0) : path;
    byway.push({ connectedMs, firstVideoMs, path, node, settledPath });
    await endCall(ada, ben);
  };
  const theirs = async () => {
    webrtc.push(await bareCall(...bare, TALK_MS));
  };
  // The round before the first one wakes what sleeps until a first call: both browsers' capture, our engines' code.
  for (let round = 0; round <= instructions.rounds; round++) {
    // Whoever is first in a round is the other one in the next.
    for (const turn of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) await turn();
  }
  const result: PairRounds = { byway: roundsOf(byway), webrtc: roundsOf(webrtc) };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exit(1);
}

/** What carries once a relayed call had time to find something better. */
async function settled({ page }: Person, limitMs: number): Promise<string | null> {
  const until = performance.now() + limitMs;
  for (;;) {
    const kind = (await callOf(page))?.path.active?.kind ?? null;
    if (kind !== 'relay' || performance.now() >= until) return kind;
    await delay(POLL_MS);
  }
}

function roundsOf([first, ...rounds]: readonly MeasuredSetup[]): Rounds {
  if (first === undefined) throw new Error('there was no call');
  return { first, rounds };
}

async function barePage(browser: Browser, options: BareOptions): Promise<Page> {
  const page = await browser.newPage();
  await installProbe(page);
  await openBareEnd(page, options);
  return page;
}
