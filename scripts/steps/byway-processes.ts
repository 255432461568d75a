/** A rendezvous server and headless engines as processes of their own, from the build in out/. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Background, startProgram } from './background.ts';
import { inProject } from './project.ts';

export interface ServerProcess extends Background {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
}

/** Where a program runs: the start of a command line that runs the rest of it there. Empty is here. */
export type Within = readonly string[];

export interface ServerProcessOptions {
  /** 0 lets the system choose. */
  readonly port?: number;
  readonly host?: string;
  /** More flags. */
  readonly flags?: readonly string[];
  readonly within?: Within;
}

/** Starts a server, on 127.0.0.1 unless told otherwise. */
export async function startServerProcess({
  port = 0,
  host = '127.0.0.1',
  flags = [],
  within = [],
}: ServerProcessOptions = {}): Promise<ServerProcess> {
  const program = [...within, process.execPath, inProject('out/main/server.js')];
  const started = await startProgram(
    [...program, '--host', host, '--port', String(port), '--log-level', 'info', ...flags],
    (line) => (parsed(line) as { url?: string } | undefined)?.url,
  );
  return { ...started.process, url: started.ready };
}

export interface EngineProcess extends Background {
  /** Lets one browser in, once. */
  readonly address: string;
  readonly userId: string;
  readonly link: string;
  /** Where it serves metrics, if it does. */
  readonly metrics?: string;
}

export interface EngineProcessOptions {
  readonly dataDirectory: string;
  readonly serverUrl: string;
  /** Without a name the interface asks for it first. */
  readonly name?: string;
  /** It carries other people's calls. */
  readonly volunteers?: boolean;
  /** More flags. */
  readonly flags?: readonly string[];
  readonly within?: Within;
}

/** Starts a headless engine. */
export async function startEngineProcess({
  dataDirectory,
  serverUrl,
  name,
  volunteers = false,
  flags = [],
  within = [],
}: EngineProcessOptions): Promise<EngineProcess> {
  const more = [...(name === undefined ? [] : ['--name', name]), ...(volunteers ? ['--volunteer'] : [])];
  const program = [...within, process.execPath, inProject('out/main/headless.js')];
  const started = await startProgram(
    [...program, '--data', dataDirectory, '--server', serverUrl, '--json', ...more, ...flags],
    (line) => {
      const value = parsed(line) as
        | { interface?: string; userId?: string; link?: string; metrics?: string }
        | undefined;
      if (!value?.interface || !value.userId || !value.link) return undefined;
      const { interface: address, userId, link, metrics } = value;
      return { address, userId, link, metrics };
    },
  );
  return { ...started.process, ...started.ready };
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
