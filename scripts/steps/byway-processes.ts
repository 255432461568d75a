/** A rendezvous server and headless engines as processes of their own, from the build in out/. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Background, startNode } from './background.ts';
import { inProject } from './project.ts';

export interface ServerProcess extends Background {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
}

/** Starts a server on 127.0.0.1; port 0 lets the system choose. */
export async function startServerProcess(port = 0): Promise<ServerProcess> {
  const { process, ready } = await startNode(
    [inProject('out/main/server.js'), '--host', '127.0.0.1', '--port', String(port), '--log-level', 'info'],
    (line) => (parsed(line) as { url?: string } | undefined)?.url,
  );
  return { ...process, url: ready };
}

export interface EngineProcess extends Background {
  /** Lets one browser in, once. */
  readonly address: string;
  readonly userId: string;
  readonly link: string;
}

export interface EngineProcessOptions {
  readonly dataDirectory: string;
  readonly serverUrl: string;
  /** Without a name the interface asks for it first. */
  readonly name?: string;
}

/** Starts a headless engine. */
export async function startEngineProcess({
  dataDirectory,
  serverUrl,
  name,
}: EngineProcessOptions): Promise<EngineProcess> {
  const named = name === undefined ? [] : ['--name', name];
  const { process, ready } = await startNode(
    [inProject('out/main/headless.js'), '--data', dataDirectory, '--server', serverUrl, '--json', ...named],
    (line) => {
      const value = parsed(line) as { interface?: string; userId?: string; link?: string } | undefined;
      if (!value?.interface || !value.userId || !value.link) return undefined;
      return { address: value.interface, userId: value.userId, link: value.link };
    },
  );
  return { ...process, ...ready };
}

/** A folder for data that is thrown away afterwards. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'byway-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // A line for people.
    return undefined;
  }
}
