/** Those who lend their lines: each a headless engine at a site of its own. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Background } from '../../scripts/steps/background.ts';
import { startEngineProcess } from '../../scripts/steps/byway-processes.ts';
import { type NodeSite, nodeSite } from './addresses.ts';
import { hostOf } from './internet.ts';
import type { Kind } from './kinds.ts';
import { within } from './namespaces.ts';

export interface Volunteer {
  readonly site: NodeSite;
  readonly kind: Kind;
  readonly engine: Background;
  /** What the server made of it, in its own word; null when it said nothing. */
  readonly standing: string | null;
}

/** A node is probed as soon as it knows its NAT, which takes seconds where a filter is silent; then it is judged or never will be, ms. */
const JUDGED_LIMIT_MS = 15_000;
const POLL_MS = 50;

/** Starts a volunteer behind each of these, and waits until the server has judged all of them. */
export function startVolunteers(
  kinds: readonly Kind[],
  serverUrlFor: (kind: Kind) => string,
): Promise<readonly Volunteer[]> {
  return Promise.all(kinds.map((kind, index) => startVolunteer(nodeSite(index), kind, serverUrlFor(kind))));
}

/** As it is printed. */
export function inResult({ site, kind, standing }: Volunteer): Pick<Volunteer, 'site' | 'kind' | 'standing'> {
  return { site, kind, standing };
}

async function startVolunteer(site: NodeSite, kind: Kind, serverUrl: string): Promise<Volunteer> {
  const engine = await startEngineProcess({
    dataDirectory: await mkdtemp(join(tmpdir(), 'byway-node-')),
    serverUrl,
    name: `Vera ${site}`,
    volunteers: true,
    // It says there how it was judged.
    flags: ['--log-level', 'info'],
    within: within(hostOf(site)),
  });
  const until = performance.now() + JUDGED_LIMIT_MS;
  let standing = judgement(engine);
  while ((standing === null || standing === 'probing') && performance.now() < until) {
    await delay(POLL_MS);
    standing = judgement(engine);
  }
  return { site, kind, engine, standing };
}

function judgement(engine: Background): string | null {
  return [...engine.said().matchAll(/"standing":"([a-z-]+)"/g)].at(-1)?.[1] ?? null;
}
