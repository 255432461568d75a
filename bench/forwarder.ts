/**
 * What it costs to forward, and how fast it goes: ours in batches, ours with Node's own sockets, coturn with both callers or one allocated, and a loop in
 * C that does nothing else; the same datagrams in one run, in turn. Loopback alone; the load has one processor, what is measured the other.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Background, startProgram } from '../scripts/steps/background.ts';
import { compileC } from '../scripts/steps/compile.ts';
import { inProject } from '../scripts/steps/project.ts';
import { homeOf, joinOurs, joinTurn, type LoadGuest, newKeys, type Place } from './forwarder/guests.ts';
import { machine, median, residentMb, round } from './measure.ts';

const FORWARDERS = ['batched', 'dgram', 'coturn2', 'coturn1', 'c'] as const;
type Name = (typeof FORWARDERS)[number];

/** What is forwarded, bytes with its header, as in the design page's measurements. */
const BYTES = 1_000;
/** Datagrams a second that come in, all bridges together. */
const RATES = [5_000, 20_000, 50_000] as const;
const SECONDS = 3;
const WARM_UP_S = 1;
const SHORT_WARM_UP_S = 0.3;
const BRIDGES = 10;
/** A search for the highest rate begins here, and goes up by this part each time, at the end by half of that. */
const FIRST_RATE = 30_000;
const STEP = 1.25;
const LAST_STEP = Math.sqrt(STEP);
const MOST_RATE = 500_000;
/** Where less arrives than this part, something was lost. */
const WHOLE = 0.999;
/** Of the highest rate: how the delay is there. */
const NEAR_FULL = 0.8;
/** A thousand calls of 100 kbit/s each way. */
const MANY = { bridges: 1_000, kbitPerS: 100, seconds: 10 };
/** A minute of about three times what the cap allows, from guests that want differently much. */
const CAP = { kbitPerS: 20_000, bridges: 10, seconds: 60, times: 3 };
const UNLIMITED = 1_000_000;
const NODE_PORT = 24_000;
const START_LIMIT_MS = 10_000;
const TURN_USER = { username: 'bench', credential: 'bench' };
const PARTS = ['speed', 'many', 'cap', 'flood'] as const;
/** Strangers who send fifty times as much as all guests: frames of no channel, and what looks like STUN. */
const FLOOD = { strangers: 20, guestsPerSecond: 1_000, times: 50, seconds: 10 };
const NO_CHANNEL = 0x4fff;
const LIKE_STUN = 0x0001;

interface Loaded {
  readonly sent: number;
  readonly received: number;
  readonly delayUs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
  readonly byGuest: readonly number[];
  readonly sentByGuest: readonly number[];
  /** Processor time of the forwarder while it was loaded, µs. */
  readonly cpuUs: number;
}

interface Running {
  readonly process: Background;
  readonly guests: readonly LoadGuest[];
}

interface Load {
  readonly seconds: number;
  readonly perSecond: number;
  readonly warmUpS?: number;
}

/** Runs it and returns the result that `--json` prints. */
export async function benchForwarder(say: (line: string) => void, flags: readonly string[]) {
  const { rounds, only, parts } = readFlags(flags);
  const load = await compileC('bench/forwarder/load.c');
  const forward = await compileC('bench/forwarder/forward.c');
  const start = (name: Name) => startForwarder(name, forward);
  return {
    ...(parts.includes('speed') ? await measureSpeed(say, start, load, rounds, only) : {}),
    ...(parts.includes('many') ? { many: await measureMany(say, load) } : {}),
    ...(parts.includes('cap') ? { cap: await measureCap(say, load) } : {}),
    ...(parts.includes('flood') ? { flood: await measureFlood(say, load) } : {}),
    bytes: BYTES,
    machine: machine(),
  };
}

async function measureSpeed(
  say: (line: string) => void,
  start: (name: Name) => Promise<Running>,
  load: string,
  rounds: number,
  only: readonly Name[],
) {
  const cpu = new Map<string, number[]>();
  const most = new Map<string, number[]>();
  const nearFull: Loaded[] = [];
  for (let turn = 1; turn <= rounds; turn++) {
    for (const name of only) {
      await withForwarder(await start(name), async (running) => {
        for (const rate of RATES) {
          const loaded = await run(load, running, { seconds: SECONDS, perSecond: rate });
          const each = loaded.cpuUs / loaded.received;
          say(
            `round ${turn}: ${name} at ${rate}/s: ${round(each)} µs, ${loss(loaded)} lost, p99 ${loaded.delayUs.p99} µs`,
          );
          add(cpu, `${rate} ${name}`, each);
        }
        const highest = await highestRate(load, running);
        say(`round ${turn}: ${name} forwards ${highest}/s without loss`);
        add(most, name, highest);
        if (name !== 'batched') return;
        const loaded = await run(load, running, { seconds: SECONDS, perSecond: highest * NEAR_FULL });
        say(
          `round ${turn}: at ${NEAR_FULL * 100} % of that p99 ${loaded.delayUs.p99} µs, ${loss(loaded)} lost`,
        );
        nearFull.push(loaded);
      });
    }
  }
  const cpuPerPacketUs = Object.fromEntries(
    RATES.map((rate) => [
      rate,
      Object.fromEntries(only.map((name) => [name, middle(cpu, `${rate} ${name}`)])),
    ]),
  );
  const full = cpuPerPacketUs[RATES[2]] ?? {};
  return {
    cpuPerPacketUs,
    maxRate: Object.fromEntries(only.map((name) => [name, Math.round(middle(most, name))])),
    ratioToCoturn: ratio(full.batched, full.coturn2),
    ratioToC: ratio(full.batched, full.c),
    nearFull: {
      part: NEAR_FULL,
      p99Us: nearFull.map(({ delayUs }) => delayUs.p99),
      p50Us: nearFull.map(({ delayUs }) => delayUs.p50),
    },
    rounds,
  };
}

async function measureMany(say: (line: string) => void, load: string) {
  const { bridges, kbitPerS, seconds } = MANY;
  return withForwarder(await startOurs('batched', bridges, kbitPerS * 4, UNLIMITED), async (running) => {
    const perSecond = (bridges * 2 * kbitPerS * 1_000) / 8 / BYTES;
    const loaded = await run(load, running, { seconds, perSecond });
    const result = {
      bridges,
      perSecond,
      lost: loaded.sent - loaded.received,
      sent: loaded.sent,
      delayUs: loaded.delayUs,
      cpuPerPacketUs: round(loaded.cpuUs / loaded.received),
      residentMb: round(residentMb(running.process.pid), 0),
    };
    say(
      `${bridges} bridges: ${result.lost} of ${result.sent} lost, ${result.residentMb} MB, p99 ${loaded.delayUs.p99} µs`,
    );
    return result;
  });
}

async function measureCap(say: (line: string) => void, load: string) {
  const { kbitPerS, bridges, seconds, times } = CAP;
  return withForwarder(
    await startOurs('batched', bridges, UNLIMITED, kbitPerS),
    async ({ process, guests }) => {
      const perSecond = (kbitPerS * 1_000 * times) / 8 / BYTES;
      // The first bridge wants a quarter of an even share, the second half of one; the others more than there is.
      const wants = [1, 2, 12];
      const weighted = guests.map((guest, index) => ({ ...guest, weight: wants[index >> 1] ?? 12 }));
      const loaded = await run(load, { process, guests: weighted }, { seconds, perSecond });
      const sentKbitPerS = (loaded.received * BYTES * 8) / 1_000 / seconds;
      const ofBridge = Array.from({ length: bridges }, (_, bridge) =>
        round(
          (((loaded.byGuest[bridge * 2] ?? 0) + (loaded.byGuest[bridge * 2 + 1] ?? 0)) * BYTES * 8) /
            1_000 /
            seconds,
          0,
        ),
      );
      const all = weighted.reduce((sum, { weight }) => sum + weight, 0);
      const wantedOfBridge = Array.from({ length: bridges }, (_, bridge) =>
        round((2 * (weighted[bridge * 2]?.weight ?? 0) * kbitPerS * times) / all, 0),
      );
      say(`a cap of ${kbitPerS} kbit/s: ${round(sentKbitPerS, 0)} were sent`);
      return {
        kbitPerS,
        sentKbitPerS: round(sentKbitPerS, 0),
        ofCap: round(sentKbitPerS / kbitPerS, 4),
        wantedOfBridge,
        ofBridge,
        seconds,
      };
    },
  );
}

async function measureFlood(say: (line: string) => void, load: string) {
  const { strangers, guestsPerSecond, times, seconds } = FLOOD;
  return withForwarder(
    await startOurs('batched', BRIDGES, UNLIMITED, UNLIMITED),
    async ({ process, guests }) => {
      const node = guests[0]?.to;
      if (!node) throw new Error('nobody joined');
      const weight = (guests.length * times) / strangers;
      const flood = Array.from({ length: strangers }, (_, number) => ({
        ...homeOf(guests.length + number),
        to: node,
        channel: number % 2 === 0 ? NO_CHANNEL : LIKE_STUN,
        weight,
      }));
      const perSecond = guestsPerSecond * (1 + times);
      const loaded = await run(load, { process, guests: [...guests, ...flood] }, { seconds, perSecond });
      const sum = (counts: readonly number[]) =>
        counts.slice(0, guests.length).reduce((all, one) => all + one, 0);
      const [sent, received] = [sum(loaded.sentByGuest), sum(loaded.byGuest)];
      say(`a flood of ${guestsPerSecond * times}/s: of ${sent} frames of guests ${received} arrived`);
      return {
        floodPerSecond: guestsPerSecond * times,
        sent,
        lost: sent - received,
        delayUs: loaded.delayUs,
        cpuPercent: round(loaded.cpuUs / seconds / 10_000),
        residentMb: round(residentMb(process.pid), 0),
      };
    },
  );
}

/** The highest rate at which nothing is lost: up step by step, twice at each where something was. */
async function highestRate(load: string, running: Running): Promise<number> {
  const reach = async (perSecond: number) => {
    const { sent, received } = await run(load, running, { seconds: 1, perSecond, warmUpS: SHORT_WARM_UP_S });
    // The load itself has an end: what it could not send is nobody's loss, and no higher rate either.
    return received >= sent * WHOLE && sent >= perSecond * WHOLE ? sent : 0;
  };
  const twice = async (perSecond: number) => (await reach(perSecond)) || (await reach(perSecond));
  let highest = 0;
  let perSecond = FIRST_RATE;
  for (; perSecond < MOST_RATE; perSecond *= STEP) {
    const reached = await twice(perSecond);
    if (reached === 0) break;
    highest = reached;
  }
  return (await twice(perSecond / LAST_STEP)) || highest;
}

async function run(
  load: string,
  { process, guests }: Running,
  { seconds, perSecond, warmUpS = WARM_UP_S }: Load,
): Promise<Loaded> {
  const child = spawn(
    'taskset',
    ['-c', '0', load, String(seconds), String(Math.round(perSecond)), String(BYTES), String(warmUpS)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const over = once(child, 'exit');
  child.stdin.end(
    guests
      .map(
        ({ address, port, to, channel, weight }) =>
          `${address} ${port} ${to.address} ${to.port} ${channel} ${weight}\n`,
      )
      .join(''),
  );
  await delay(warmUpS * 1_000);
  const before = cpuUs(process.pid);
  await delay(seconds * 1_000);
  const spent = cpuUs(process.pid) - before;
  const [code] = await over;
  if (code !== 0) throw new Error(`the load ended with code ${code}`);
  return { ...JSON.parse(output), cpuUs: spent };
}

function startForwarder(name: Name, forward: string): Promise<Running> {
  if (name === 'batched' || name === 'dgram') return startOurs(name, BRIDGES, UNLIMITED, UNLIMITED);
  return name === 'c' ? startC(forward) : startCoturn(name === 'coturn2' ? 2 : 1);
}

/** Its own port each time: what a forwarder before left behind must not answer. */
let started = 0;
const nextPlace = (): Place => ({ address: '127.0.0.1', port: NODE_PORT + started++ });

async function startOurs(
  how: 'batched' | 'dgram',
  bridges: number,
  kbitPerS: number,
  allKbitPerS: number,
): Promise<Running> {
  const node = nextPlace();
  const [carrier, server] = [randomBytes(32), newKeys()];
  const process = await startPinned([
    ...[
      globalThis.process.execPath,
      inProject('bench/forwarder/ours.ts'),
      how,
      node.address,
      String(node.port),
    ],
    ...[carrier.toString('base64url'), server.raw.toString('base64url'), String(allKbitPerS)],
  ]);
  return { process, guests: await joinOurs(node, { carrier, server, bridges, kbitPerS }) };
}

async function startC(forward: string): Promise<Running> {
  const node = nextPlace();
  const guests = Array.from({ length: BRIDGES * 2 }, (_, number) => ({
    ...homeOf(number),
    to: node,
    channel: 0x4000 + number,
    weight: 1,
  }));
  const routes = guests.map(({ address, port, channel }, number) => {
    const other = guests[number ^ 1];
    return `${channel} ${address} ${port} ${other?.address} ${other?.port} ${0x4abc}\n`;
  });
  const child = spawn('taskset', ['-c', '1', forward, node.address, String(node.port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(routes.join(''));
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_LIMIT_MS) });
  const stop = async () => {
    const over = once(child, 'exit');
    child.kill('SIGTERM');
    await over;
  };
  return { process: { pid: child.pid ?? 0, child, said: () => '', stop }, guests };
}

async function startCoturn(allocations: 1 | 2): Promise<Running> {
  const server = nextPlace();
  const child = spawn(
    'taskset',
    [
      ...[
        '-c',
        '1',
        'turnserver',
        '-n',
        '--no-tls',
        '--no-dtls',
        '--no-cli',
        '--no-stun-backward-compatibility',
      ],
      // As many threads as it has processors here; its own limits would be another bench.
      ...['--relay-threads=1', '--allow-loopback-peers', '--log-file=stdout', '--no-tcp'],
      ...[
        `--listening-ip=${server.address}`,
        `--listening-port=${server.port}`,
        `--relay-ip=${server.address}`,
      ],
      ...['--lt-cred-mech', '--realm=bench', `--user=${TURN_USER.username}:${TURN_USER.credential}`],
    ],
    { stdio: 'ignore' },
  );
  const stop = async () => {
    const over = once(child, 'exit');
    child.kill('SIGTERM');
    await over;
  };
  const process = { pid: child.pid ?? 0, child, said: () => '', stop };
  const guests = await retried(
    () => joinTurn(server, { ...TURN_USER, pairs: BRIDGES, allocations }),
    START_LIMIT_MS,
  );
  return { process, guests };
}

/** Until it works: coturn does not say when it listens. */
async function retried<T>(work: () => Promise<T>, limitMs: number): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await delay(200);
    }
  }
}

async function startPinned(command: readonly string[]): Promise<Background> {
  const { process } = await startProgram(['taskset', '-c', '1', ...command], (line) =>
    line === 'ready' ? true : undefined,
  );
  return process;
}

async function withForwarder<T>(running: Running, work: (running: Running) => Promise<T>): Promise<T> {
  try {
    return await work(running);
  } finally {
    await running.process.stop();
  }
}

/** Processor time of all threads of a process so far, by the scheduler's own clock (proc(5)): ticks of 10 ms would be too coarse. */
function cpuUs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ns = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(ns) / 1_000;
  }, 0);
}

function loss({ sent, received }: Loaded): string {
  return `${round(((sent - received) / sent) * 100, 3)} %`;
}

function add(all: Map<string, number[]>, key: string, value: number): void {
  all.set(key, [...(all.get(key) ?? []), value]);
}

function middle(all: Map<string, number[]>, key: string): number {
  return round(median(all.get(key) ?? []));
}

function ratio(one: number | undefined, other: number | undefined): number | null {
  return one === undefined || other === undefined ? null : round(one / other);
}

function readFlags(flags: readonly string[]) {
  const { values } = parseArgs({
    args: [...flags],
    options: {
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: FORWARDERS.join(',') },
      parts: { type: 'string', default: PARTS.join(',') },
    },
    strict: true,
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1 on');
  return {
    rounds,
    only: FORWARDERS.filter((name) => values.only.split(',').includes(name)),
    parts: PARTS.filter((part) => values.parts.split(',').includes(part)),
  };
}
