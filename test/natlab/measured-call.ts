/** One call between two sites, measured from the click that places it. */
import { setTimeout as delay } from 'node:timers/promises';
import { part } from '../../scripts/steps/interface-driver.ts';
import type { Person } from '../../scripts/steps/people.ts';
import words from '../../src/renderer/locales/en.json' with { type: 'json' };
import type { CallSnapshot, EndReason } from '../../src/shared/call.ts';
import type { NetworkReport } from '../../src/shared/network.ts';
import { nodeSiteAt } from './addresses.ts';
import { answerAtOnce, callOf, networkOf, pathsOf, placeCallNow, watchPaths } from './byway-page.ts';
import type { LaboratoryEvent } from './events.ts';
import { type ProbeReading, readProbe, resetProbe } from './probe.ts';
import type { CallResult } from './result.ts';

/** An engine that does not know its network by then never will, ms. */
const DISCOVERY_LIMIT_MS = 20_000;
/** How long the apps have been open when the call is placed: people do not call in the first second. */
const OPEN_MS = 1_000;
/** A call that neither shows a picture nor ends by then does neither, ms. */
const CALL_LIMIT_MS = 30_000;
/** How long the call goes on after the first picture, ms: some reports of its round trip come in that time. */
const TALK_MS = 3_000;
/** How long the call goes on after the last thing that happens to it, ms: a search for a new way takes some seconds. */
const AFTERMATH_MS = 8_000;
/** The beginning of a gap is known as exactly as its readings come, ms. */
const GAP_SLACK_MS = 100;
/** The pages note the moments themselves; asking them often would only take processor time from what is measured. */
const POLL_MS = 100;

/**
 * Both know each other and have a page open. Afterwards the caller's shows whom to call, and the callee's answers at once.
 *
 * @returns what the caller's and the callee's engine know of their networks
 */
export async function readyToCall(
  caller: Person,
  callee: Person,
): Promise<readonly [NetworkReport | null, NetworkReport | null]> {
  await showContact(caller, callee);
  const networks = await Promise.all([discovered(caller), discovered(callee)]);
  await delay(OPEN_MS);
  await answerAtOnce(callee.page);
  return networks;
}

async function showContact(caller: Person, callee: Person): Promise<void> {
  await part(caller.page, `contact-${callee.userId}`).click();
  // The word that both know each other may still be on its way, the longer the more is lost: until then a click does nothing.
  await caller.page.locator('[data-testid="call-video"]:enabled').first().waitFor();
}

export interface CallCourse {
  /** How long it goes on after the first picture on both sides, or after the last event. */
  readonly talkMs?: number;
  readonly events?: readonly LaboratoryEvent[];
  /** Lets the events happen, beginning now; gives when each did, ms since 1970. */
  readonly happened?: () => Promise<readonly number[]>;
}

/** How long a call goes on to which this happens, after the last of it, ms. */
export function talkMs(events: readonly LaboratoryEvent[]): number {
  return events.length > 0 ? AFTERMATH_MS : TALK_MS;
}

/** Places a call, measures it, and leaves it running unless it has ended. */
export async function measuredCall(
  caller: Person,
  callee: Person,
  { talkMs = TALK_MS, events = [], happened = async () => [] }: CallCourse = {},
): Promise<CallResult> {
  const pages = [caller.page, callee.page] as const;
  for (const page of pages) await resetProbe(page);
  await watchPaths(caller.page);
  const placedAt = await placeCallNow(caller.page);
  const until = performance.now() + CALL_LIMIT_MS;
  let call: CallSnapshot | null = null;
  while (performance.now() < until && call?.phase !== 'ended') {
    await delay(POLL_MS);
    const seen = await Promise.all(pages.map(readProbe));
    call = await callOf(caller.page);
    if (seen.every(({ firstVideoAt }) => firstVideoAt !== undefined)) break;
  }
  let happenedAt: readonly number[] = [];
  if (call?.phase !== 'ended') {
    happenedAt = await happened();
    await delay(talkMs);
  }
  const readings = (await Promise.all(pages.map(readProbe))) as [ProbeReading, ProbeReading];
  call = await callOf(caller.page);
  if (call === null) throw new Error('the engine never knew of the call');
  const result = resultOf(call, placedAt, readings, await pathsOf(caller.page));
  return { ...result, events: effects(events, happenedAt, placedAt, readings) };
}

/** Ends the call unless it has ended, and makes ready for the next one. */
export async function endCall(caller: Person, callee: Person): Promise<void> {
  if ((await callOf(caller.page))?.phase !== 'ended') await part(caller.page, 'hang-up').first().click();
  for (const { page } of [caller, callee]) await part(page, 'dismiss').click();
  await showContact(caller, callee);
}

/** What a listener at either side lost by each event: the longest gap in their sound that began before the next one. */
function effects(
  events: readonly LaboratoryEvent[],
  happenedAt: readonly number[],
  placedAt: number,
  readings: readonly [ProbeReading, ProbeReading],
): CallResult['events'] {
  const inOrder = [...events].sort((one, other) => one.atMs - other.atMs);
  return inOrder.slice(0, happenedAt.length).map(({ what, site, amount }, index) => {
    const from = happenedAt[index] ?? 0;
    const until = happenedAt[index + 1] ?? Number.POSITIVE_INFINITY;
    return {
      atMs: Math.round(from - placedAt),
      what: what === 'loss' ? `loss:${amount}` : what,
      site,
      longestGapsMs: [longestGapMs(readings[0], from, until), longestGapMs(readings[1], from, until)],
    };
  });
}

/** The longest gap that began between these moments, ms since 1970; 0 where none did. */
export function longestGapMs({ audioGaps }: ProbeReading, from: number, until: number): number {
  const these = audioGaps.filter(({ beganAt }) => beganAt >= from - GAP_SLACK_MS && beganAt < until);
  return Math.max(0, ...these.map(({ lengthMs }) => lengthMs));
}

function resultOf(
  call: CallSnapshot,
  placedAt: number,
  readings: readonly [ProbeReading, ProbeReading],
  paths: Awaited<ReturnType<typeof pathsOf>>,
): Omit<CallResult, 'events'> {
  // The engine counts from when it heard of the click.
  const sincePlaced = (engineMs: number) => Math.max(0, Math.round(call.startedAt - placedAt + engineMs));
  const later = (moments: readonly (number | undefined)[]): number | null =>
    moments.every((at) => at !== undefined) ? Math.round(Math.max(...moments) - placedAt) : null;
  const { carried, active, attempts } = call.path;
  const bytes = (kind: keyof typeof carried) => carried[kind].bytesSent + carried[kind].bytesReceived;
  const rtts = readings.map(({ rttMs }) => rttMs).filter((rttMs) => rttMs !== null);
  return {
    path: call.phase === 'ended' ? null : (active?.kind ?? null),
    remote: call.phase === 'ended' || active === undefined ? null : endText(active.remote),
    paths: paths.map(({ sinceMs, kind, address }) => ({
      atMs: sincePlaced(sinceMs),
      kind,
      node: kind === 'sfu' ? nodeSiteAt(address) : null,
    })),
    connectedMs: later(readings.map(({ connectedAt }) => connectedAt)),
    firstVideoMs: later(readings.map(({ firstVideoAt }) => firstVideoAt)),
    framesDecoded: [readings[0].framesDecoded, readings[1].framesDecoded],
    rttMs: rtts.length > 0 ? Math.max(...rtts) : (active?.rttMs ?? null),
    audioGapsMs: readings.flatMap(({ audioGaps }) => audioGaps.map(({ lengthMs }) => lengthMs)),
    audioGaps: readings.flatMap(({ audioGaps }, index) =>
      audioGaps.map(({ beganAt, lengthMs }) => ({
        atMs: Math.round(beganAt - placedAt),
        lengthMs,
        heardBy: index === 0 ? ('a' as const) : ('b' as const),
      })),
    ),
    bytes: { direct: bytes('direct'), sfu: bytes('sfu'), relay: bytes('relay') },
    attempts: attempts.map(({ kind, remote, startedMs, endedMs, outcome, reason }) => ({
      kind,
      target: endText(remote),
      startedMs: sincePlaced(startedMs),
      endedMs: endedMs === undefined ? null : sincePlaced(endedMs),
      outcome,
      reason: reason ?? null,
    })),
    ended: call.end === undefined ? null : whyEnded(call.end, call),
  };
}

function endText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The reason's name, and where an obstacle is known what a person is told of it. */
function whyEnded(end: EndReason, { peer, path }: CallSnapshot): string {
  if (path.obstacle === undefined) return end;
  return `${end}: ${words.path.obstacle[path.obstacle].replaceAll('{{name}}', peer.name)}`;
}

/** Waits until a person's engine knows what it can know of its network, and gives it; null when it does not come to an end. */
async function discovered(person: Person): Promise<NetworkReport | null> {
  const until = performance.now() + DISCOVERY_LIMIT_MS;
  for (;;) {
    const network = await networkOf(person.page);
    if (network !== null && !network.running) return network;
    if (performance.now() > until) return null;
    await delay(POLL_MS);
  }
}
