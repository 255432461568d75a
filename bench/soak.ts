/**
 * A node for a long time: calls come and go through a real headless engine that volunteers, and nothing of it may grow. Server and node are
 * processes of their own; the guests are here, with tickets that the server gave for this.
 */
import { type KeyObject, randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { startServerProcess } from '../scripts/steps/byway-processes.ts';
import { identityFrom } from '../src/main/engine/identity/identity.ts';
import { realOutside } from '../src/main/engine/outside/real.ts';
import { RendezvousClient } from '../src/main/engine/rendezvous/client.ts';
import type { Side } from '../src/main/engine/sfu/ticket.ts';
import { bound, join, newKeys, type Place } from './forwarder/guests.ts';
import { startHeadlessEngine } from './headless-engine.ts';
import { machine, median, residentMb, round } from './measure.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Calls at a time. */
  readonly bridges: number;
}

/** The first part of the time is for growing, ms: heaps and pools find their size. */
const GROWING_PART = 1 / 6;
const SAMPLE_MS = 5_000;
/** A call lasts this long, and up to four times as long, ms. */
const SHORTEST_CALL_MS = 15_000;
const LONGER_TIMES = 3;
/** As audio: 20 ms a packet, 120 bytes with its header. */
const FRAME_MS = 20;
const FRAME_BYTES = 120;
/** Users who ask the server for tickets; each may ask once in a while. */
const ASKERS = 20;
const CONNECT_LIMIT_MS = 20_000;
/** A guest who gets no leg tries again after this, ms. */
const AGAIN_MS = 1_000;
/** So many guests live at one address: a node serves at most 8 legs of one. */
const GUESTS_PER_ADDRESS = 4;
const FIRST_PORT = 30_000;
const PORTS = 20_000;
/** What may be more at the end than after growing, as a part of it: the noise of a garbage-collected heap. */
const GROWTH_LIMIT = 0.05;
/** And in numbers of descriptors and threads: a call more or less at the moment of looking. */
const COUNT_LIMIT = 4;

interface Sample {
  readonly atS: number;
  readonly residentMb: number;
  readonly descriptors: number;
  readonly threads: number;
  /** What its heap holds, garbage included, MB of 10^6 bytes. */
  readonly heapMb: number;
  /** Handles and requests that keep the event loop, timers among them. */
  readonly resources: number;
}

interface Counts {
  /** That came to their end. */
  calls: number;
  /** Guests that found no way, by what stood in it. */
  readonly refused: Record<string, number>;
  /** Sent, and received at the other end. */
  frames: number;
  heard: number;
}

/** Runs it. The result says whether anything grew. */
export async function soak(say: (line: string) => void, { minutes, bridges }: SoakOptions) {
  const server = await startServerProcess({ flags: ['--one-machine'] });
  const metricsPort = await freePort();
  const node = await startHeadlessEngine('Nora', server.url, [
    '--volunteer',
    '--metrics',
    String(metricsPort),
  ]);
  const askers: RendezvousClient[] = [];
  const over = new AbortController();
  const counts: Counts = { calls: 0, refused: {}, frames: 0, heard: 0 };
  const samples: Sample[] = [];
  try {
    const { settings } = await first(node.client.app.watch());
    const volunteer = {
      ...settings.volunteer,
      enabled: true,
      bridges: Math.ceil(bridges * 1.2),
      upKbitPerS: 100_000,
      downKbitPerS: 100_000,
    };
    await node.client.app.updateSettings({ volunteer });
    for (let number = 0; number < ASKERS; number++) askers.push(await asker(server.url));
    const endMs = performance.now() + minutes * 60_000;
    const callers = Array.from({ length: bridges }, (_, number) =>
      keepCalling(number, askers[number % ASKERS] as RendezvousClient, counts, over.signal),
    );
    const startedAtMs = performance.now();
    while (performance.now() < endMs) {
      await delay(SAMPLE_MS);
      const sample = await sampleOf(node.processId, metricsPort, performance.now() - startedAtMs);
      samples.push(sample);
      if (samples.length % 12 === 0)
        say(
          `${round(sample.atS / 60, 1)} min: ${sample.residentMb} MB, ${sample.descriptors} descriptors, ${sample.threads} threads, ${sample.resources} resources, a heap of ${sample.heapMb} MB, ${counts.calls} calls`,
        );
    }
    over.abort();
    await Promise.all(callers);
    return { minutes, bridges, ...counts, ...judged(samples), machine: machine() };
  } finally {
    over.abort();
    await Promise.all(askers.map((each) => each.stop()));
    await node.stop();
    await server.stop();
  }
}

/** The end beside the time after growing: medians of a sixth each. */
function judged(samples: readonly Sample[]) {
  const part = Math.max(1, Math.floor(samples.length * GROWING_PART));
  const [early, late] = [samples.slice(part, 2 * part), samples.slice(-part)];
  const both = (value: (sample: Sample) => number) =>
    [median(early.map(value)), median(late.map(value))] as const;
  const mb = both((sample) => sample.residentMb);
  const descriptors = both((sample) => sample.descriptors);
  const threads = both((sample) => sample.threads);
  const resources = both((sample) => sample.resources);
  // Just after it was cleared up: the rest is garbage.
  const floor = (part: readonly Sample[]) => Math.min(...part.map(({ heapMb }) => heapMb));
  const heapMb = [floor(early), floor(late)] as const;
  const grew = [
    ...(mb[1] > mb[0] * (1 + GROWTH_LIMIT) ? ['memory'] : []),
    ...(heapMb[1] > heapMb[0] * (1 + GROWTH_LIMIT) ? ['heap'] : []),
    ...(descriptors[1] > descriptors[0] + COUNT_LIMIT ? ['descriptors'] : []),
    ...(threads[1] > threads[0] + COUNT_LIMIT ? ['threads'] : []),
    ...(resources[1] > resources[0] + COUNT_LIMIT ? ['resources'] : []),
  ];
  return { residentMb: mb, heapMb, descriptors, threads, resources, grew };
}

/** One pair after another, until it is over. */
async function keepCalling(
  number: number,
  client: RendezvousClient,
  counts: Counts,
  signal: AbortSignal,
): Promise<void> {
  let round = 0;
  while (!signal.aborted) {
    try {
      await call(number, round++, client, counts, signal);
      counts.calls++;
    } catch (error) {
      // Full, or not probed yet: as a caller, another time.
      const why = error instanceof Error ? error.message : String(error);
      counts.refused[why] = (counts.refused[why] ?? 0) + 1;
      await pause(AGAIN_MS, signal);
    }
  }
}

async function call(
  number: number,
  round: number,
  client: RendezvousClient,
  counts: Counts,
  signal: AbortSignal,
): Promise<void> {
  const sides = { A: newKeys(), B: newKeys() };
  const { node, ticket } = await ticketFrom(client, sides);
  const guests = await Promise.all([0, 1].map((side) => bound(homeOf(number * 2 + side, round))));
  const [a, b] = guests as [Socket, Socket];
  try {
    const channels = [
      await join(a, node, { ticket, side: 'A', key: sides.A.secret }),
      await join(b, node, { ticket, side: 'B', key: sides.B.secret }),
    ];
    for (const guest of guests)
      guest.on('message', (datagram) => {
        if (datagram.length === FRAME_BYTES) counts.heard++;
      });
    const endMs = performance.now() + SHORTEST_CALL_MS * (1 + Math.random() * LONGER_TIMES);
    while (performance.now() < endMs && !signal.aborted) {
      guests.forEach((guest, side) => {
        guest.send(frameOn(channels[side] ?? 0), node.port, node.address);
        counts.frames++;
      });
      await pause(FRAME_MS, signal);
    }
    // Every other call takes leave; the others are gone without a word.
    if (round % 2 === 0)
      for (const [guest, side] of [
        [a, 'A'],
        [b, 'B'],
      ] as const)
        await leave(guest, node, ticket, side, sides[side].secret);
  } finally {
    for (const guest of guests) guest.close();
  }
}

async function leave(guest: Socket, node: Place, ticket: Buffer, side: Side, key: KeyObject): Promise<void> {
  await join(guest, node, { ticket, side, key, leaves: true }).catch(() => undefined);
}

async function ticketFrom(client: RendezvousClient, sides: Record<Side, { raw: Buffer }>) {
  const keys = { A: sides.A.raw.toString('base64url'), B: sides.B.raw.toString('base64url') };
  // Two ends that no node is too restricted for; where they are matters only behind NATs.
  const end = { behaviour: { translated: false }, udp: 'works' as const, landmarks: [] };
  const answer = await client.findCarriers({ keys: [keys, keys], ends: [end, end], exclude: [] });
  const found = answer?.carriers.find(({ kind }) => kind === 'sfu');
  const [address] = found?.addresses ?? [];
  if (!found || !address) throw new Error('no node');
  return {
    node: { address: address.host, port: address.port },
    ticket: Buffer.from(found.ticket, 'base64url'),
  };
}

async function asker(url: string): Promise<RendezvousClient> {
  const client = new RendezvousClient({
    url,
    identity: identityFrom(randomBytes(32), randomBytes(12).toString('base64url')),
    clock: realOutside.clock,
    random: realOutside.random,
    logger: pino({ level: 'silent' }),
  });
  client.start();
  const endMs = performance.now() + CONNECT_LIMIT_MS;
  while (client.state.state !== 'connected') {
    if (performance.now() > endMs) throw new Error('the server did not let an asker in');
    await delay(20);
  }
  return client;
}

function frameOn(channel: number): Buffer {
  const frame = Buffer.alloc(FRAME_BYTES);
  frame.writeUInt16BE(channel, 0);
  frame.writeUInt16BE(FRAME_BYTES - 4, 2);
  return frame;
}

/** Another port each time, as calls have. */
function homeOf(guest: number, round: number): Place {
  const house = Math.floor(guest / GUESTS_PER_ADDRESS);
  return {
    address: `127.2.0.${house + 1}`,
    port: FIRST_PORT + (((guest % GUESTS_PER_ADDRESS) + round * GUESTS_PER_ADDRESS) % PORTS),
  };
}

async function sampleOf(pid: number, metricsPort: number, passedMs: number): Promise<Sample> {
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return {
    atS: Math.round(passedMs / 1_000),
    residentMb: round(residentMb(pid), 1),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    heapMb: round(numberOf(metrics, 'nodejs_heap_size_used_bytes') / 1e6, 1),
    resources: numberOf(metrics, 'nodejs_active_resources_total'),
  };
}

/** One of prom-client's own. */
function numberOf(metrics: string, name: string): number {
  const found = new RegExp(`^${name} ([\\d.e+]+)`, 'm').exec(metrics)?.[1];
  if (found === undefined) throw new Error(`the node does not tell ${name}`);
  return Number(found);
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function first<T>(values: Promise<AsyncIterable<T>>): Promise<T> {
  for await (const value of await values) return value;
  throw new Error('the engine went away');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal }).catch(() => undefined);
}
