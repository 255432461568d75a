/** What `npm run --silent natlab -- --json` prints. docs/natlab.md says what each number means. */
import type { PathAttempt, PathReport } from '../../src/shared/call.ts';
import type { NatBehaviour, NetworkReport } from '../../src/shared/network.ts';
import type { NodeSite, Site } from './addresses.ts';
import type { Kind } from './kinds.ts';
import type { Volunteer } from './volunteers.ts';

type PathKind = keyof PathReport['carried'];

/** One call. All times are ms since it was placed. */
export interface CallResult {
  /** The kind of path that carries at the end; null when the call ended without one. */
  readonly path: string | null;
  /** Where the caller sends at the end, address and port; null when the call ended. */
  readonly remote: string | null;
  /** What carried, from when on. */
  readonly paths: readonly {
    readonly atMs: number;
    readonly kind: string;
    /** Whose node it was, where one carried. */
    readonly node: NodeSite | null;
  }[];
  /** Both media ends were connected to each other. */
  readonly connectedMs: number | null;
  /** Both sides had decoded a first picture of the other. */
  readonly firstVideoMs: number | null;
  /** Caller, callee. */
  readonly framesDecoded: readonly [number, number];
  readonly rttMs: number | null;
  /** The caller's, then the callee's. */
  readonly audioGapsMs: readonly number[];
  /** The same with the moments at which they began, and by whom each was heard: to be held against `paths`. */
  readonly audioGaps: readonly { readonly atMs: number; readonly lengthMs: number; readonly heardBy: Site }[];
  /** What happened, and the longest gap that began then in the sound that the caller, and the callee, heard, ms. */
  readonly events: readonly {
    readonly atMs: number;
    readonly what: string;
    readonly site: Site;
    readonly longestGapsMs: readonly [number, number];
  }[];
  /** Both directions, counted at the caller's socket. */
  readonly bytes: Readonly<Record<PathKind, number>>;
  /** The caller's. */
  readonly attempts: readonly {
    readonly kind: string;
    readonly target: string;
    readonly startedMs: number;
    readonly endedMs: number | null;
    readonly outcome: PathAttempt['outcome'];
    readonly reason: PathAttempt['reason'] | null;
  }[];
  /** Why, by name and in words; null when it was still on. */
  readonly ended: string | null;
}

/** What an engine found out about its NAT; null for what it could not tell. */
export interface FoundNat {
  readonly mapping: NatBehaviour['mapping'] | null;
  readonly filtering: NatBehaviour['filtering'] | null;
}

/** What it found out about its IPv6: null where it has none that a server answers. */
export interface FoundIpv6 extends FoundNat {
  /** Ours, as servers see it. */
  readonly address: string;
  readonly translated: boolean;
}

export interface LaboratoryResult extends CallResult {
  readonly a: Kind;
  readonly b: Kind;
  readonly nat: readonly [FoundNat, FoundNat];
  readonly ipv6: readonly [FoundIpv6 | null, FoundIpv6 | null];
  /** Who lent their line, and what the server made of it. */
  readonly nodes: readonly Pick<Volunteer, 'site' | 'kind' | 'standing'>[];
}

export function foundNat(network: NetworkReport | null): FoundNat {
  const { mapping, filtering } = network?.IPv4.behaviour ?? {};
  return { mapping: mapping ?? null, filtering: filtering ?? null };
}

export function foundIpv6(network: NetworkReport | null): FoundIpv6 | null {
  const { mapped, behaviour } = network?.IPv6 ?? {};
  if (mapped === undefined || behaviour === undefined) return null;
  const { translated, mapping = null, filtering = null } = behaviour;
  return { address: mapped.address, translated, mapping, filtering };
}

/** For people. */
export function inWords(result: LaboratoryResult): string {
  const time = (ms: number | null) => (ms === null ? 'never' : `after ${ms} ms`);
  const tried = result.attempts.map(
    ({ kind, target, startedMs, endedMs, outcome, reason }) =>
      `    ${kind} to ${target}: ${outcome}${reason === null ? '' : ` (${reason})`}, ${startedMs} to ${endedMs ?? 'the end'} ms`,
  );
  const nats = result.nat.map(
    ({ mapping, filtering }) => `mapping ${mapping ?? 'unknown'}, filtering ${filtering ?? 'unknown'}`,
  );
  const ipv6 = result.ipv6.map((found) =>
    found === null ? '' : `, and ${found.address}: filtering ${found.filtering ?? 'unknown'}`,
  );
  const carried = result.paths.map(({ atMs, kind, node }) => `${node ?? kind} from ${atMs} ms`);
  return [
    '',
    `  caller behind        ${result.a}: ${nats[0]}${ipv6[0]}`,
    `  callee behind        ${result.b}: ${nats[1]}${ipv6[1]}`,
    `  path                 ${result.path ?? `none: ${result.ended ?? 'not found yet'}`}`,
    `  carried by           ${carried.join(', ') || 'nothing'}`,
    ...result.nodes.map(({ site, kind, standing }) => `  node ${site} behind       ${kind}: ${standing}`),
    `  media connected      ${time(result.connectedMs)}`,
    `  first picture        ${time(result.firstVideoMs)}, on both sides`,
    `  frames decoded       ${result.framesDecoded.join(' and ')}`,
    `  round trip           ${result.rttMs === null ? 'unknown' : `${result.rttMs} ms`}`,
    `  gaps in the sound    ${result.audioGapsMs.length === 0 ? 'none' : `${result.audioGapsMs.join(', ')} ms`}`,
    ...result.events.map(
      ({ what, site, atMs, longestGapsMs: [caller, callee] }) =>
        `  ${what} at ${site}, after ${atMs} ms: the caller missed ${caller} ms of sound, the callee ${callee} ms`,
    ),
    `  bytes                direct ${result.bytes.direct}, sfu ${result.bytes.sfu}, relay ${result.bytes.relay}`,
    '  attempts of the caller',
    ...tried,
    '',
  ].join('\n');
}
