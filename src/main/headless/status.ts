/** What a running node does, as data and in words. */
import type { Engine } from '../engine/index.ts';
import type { StatusReport } from './control-protocol.ts';

/** @param startedMs when it was started, ms since 1970 */
export function statusOf(engine: Engine, startedMs: number): StatusReport {
  const { version, server, settings } = engine.app.state();
  return {
    version,
    pid: process.pid,
    startedMs,
    server,
    clockOffsetMs: engine.serverTimeOffsetMs,
    rules: settings.volunteer,
    volunteer: engine.volunteer.state(),
  };
}

type Volunteering = StatusReport['volunteer'];

const STATES: Readonly<Record<Volunteering['state'], string>> = {
  off: 'no; --volunteer turns it on',
  leaving: 'no longer: those who are here move to other ways',
  resting: 'resting',
  'no-server': 'waiting for the server',
  'no-address': 'waiting until our own address is known',
  probing: 'the server is trying whether this machine can be reached',
  offered: 'yes, calls may come',
  unreachable: 'nobody can reach this machine: let UDP in, or open a port in the router',
  'port-varies': 'nobody can reach this machine: its router gives every connection another port',
  'other-version': 'the server signs other tickets: update the older of the two',
  'too-many': 'this user lends as many lines as one may',
  'name-taken': 'another machine has its name: a new one is chosen',
};

const RULES: Readonly<Record<NonNullable<Volunteering['rest']>['rule'], string>> = {
  paused: 'it is paused',
  'allowance-used': "this month's allowance is used",
  schedule: 'the schedule says so',
  'in-use': 'somebody uses this machine',
  'on-battery': 'this machine runs on battery',
  metered: 'this network is paid for by use',
  'named-network': 'this network is one of those it shall not serve on',
  'counted-elsewhere': 'another Byway counts the allowance now',
  'not-counted': 'what is used of the allowance cannot be written to the disk',
};

const LIMITS: Readonly<Record<Volunteering['limit']['by'], string>> = {
  up: 'what may be sent',
  down: 'what may be received',
  'line-share': 'the share of the line',
  'own-call': "the user's own call",
  latency: 'the line is busy',
};

const UNTOLD: Readonly<Record<Volunteering['untold'][number], string>> = {
  'in-use': 'whether somebody uses it',
  'on-battery': 'whether it runs on battery',
  metered: 'whether the network is paid for by use',
  'named-network': 'names of Wi-Fi networks',
};

/** Lines for a person. */
export function describeStatus(
  { version, pid, startedMs, server, clockOffsetMs, volunteer }: StatusReport,
  nowMs: number,
): string {
  const { month, bridges, limit, cost, untold } = volunteer;
  const rateKbitPerS = bridges.reduce((sum, { kbitPerS }) => sum + kbitPerS, 0);
  const used =
    month.allowanceBytes === null
      ? `${gigabytes(month.usedBytes)} this month, no limit`
      : `${gigabytes(month.usedBytes)} of ${gigabytes(month.allowanceBytes)}; begins anew ${when(month.renewsMs)}`;
  const rows: [string, string][] = [
    ['Byway', `${version}, process ${pid}, for ${duration(nowMs - startedMs)}`],
    [
      'server',
      `${server.url || 'none'}, ${server.state}${server.reason ? ` (${server.reason})` : ''}${clock(clockOffsetMs)}`,
    ],
    ['lends its line', lending(volunteer)],
    [
      'carries now',
      `${count(bridges.length, 'call')}, ${mbit(rateKbitPerS)} of ${mbit(limit.kbitPerS)} (${LIMITS[limit.by]})`,
    ],
    [
      'so far',
      `${count(volunteer.peopleHelped, 'person', 'people')} helped, ${gigabytes(volunteer.bytesForwarded)} passed on, ${volunteer.refused} turned away`,
    ],
    ['ever', `${count(volunteer.worked, 'call')} worked, ${volunteer.failed} failed`],
    ['allowance', used],
    ['costs', `${cost.cpuPercent} % of a processor, ${Math.round(cost.memoryBytes / 1e6)} MB`],
    ['cannot tell', untold.map((rule) => UNTOLD[rule]).join('; ')],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `${name.padEnd(16)}${text}\n`)
    .join('');
}

function lending({ state, rest }: Volunteering): string {
  if (rest === null) return STATES[state];
  const until = rest.untilMs === undefined ? '' : ` until ${when(rest.untilMs)}`;
  const which = rest.detail === undefined ? '' : ` (${rest.detail})`;
  return `${STATES[state]}: ${RULES[rest.rule]}${which}${until}`;
}

function clock(offsetMs: number | null): string {
  const seconds = Math.round(Math.abs(offsetMs ?? 0) / 1_000);
  if (offsetMs === null || seconds < 2) return '';
  return `; our clock is ${seconds} s ${offsetMs > 0 ? 'slow' : 'fast'}`;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function mbit(kbitPerS: number): string {
  return `${(kbitPerS / 1_000).toFixed(1)} Mbit/s`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;
}

/** By the local clock, to the minute. */
function when(ms: number): string {
  return new Date(ms).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
}

/** `3 d 4 h`, `4 h 12 min`, `12 min`, `40 s`. */
export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  if (hours < 1) return `${minutes} min`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
