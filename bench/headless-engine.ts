/** A real engine in a process of its own, driven through the same API and the same door as its interface. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import WebSocket from 'ws';
import { z } from 'zod';
import type { Contract } from '../src/shared/contract.ts';

export type EngineClient = ContractRouterClient<Contract>;

/** How long an engine may take to start, ms. */
const START_LIMIT_MS = 20_000;

const Started = z.object({ interface: z.url(), userId: z.string() });

export interface HeadlessEngine {
  readonly processId: number;
  readonly userId: string;
  readonly client: EngineClient;
  stop(): Promise<void>;
}

/** Starts the built engine (`out/main/headless.js`) for a new user of `serverUrl`. */
export async function startHeadlessEngine(name: string, serverUrl: string): Promise<HeadlessEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'byway-bench-'));
  const child = spawn(
    process.execPath,
    ['out/main/headless.js', '--data', directory, '--name', name, '--server', serverUrl, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const started = await firstLine(child);
    const socket = await enter(started.interface);
    const client: EngineClient = createORPCClient(new RPCLink({ websocket: socket }));
    return {
      processId: child.pid ?? 0,
      userId: started.userId,
      client,
      async stop() {
        socket.close();
        await end(child);
        await rm(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await end(child);
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function firstLine(child: ChildProcess): Promise<z.infer<typeof Started>> {
  if (!child.stdout) throw new Error('the engine has no output');
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line', { signal: AbortSignal.timeout(START_LIMIT_MS) });
  return Started.parse(JSON.parse(String(line)));
}

/** Uses the one-time token up for a session, as a page would. */
async function enter(address: string): Promise<WebSocket & globalThis.WebSocket> {
  const { origin, host, hash } = new URL(address);
  const token = new URLSearchParams(hash.slice(1)).get('token');
  const response = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ token }),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (!response.ok || !cookie) throw new Error(`the engine did not let us in: ${response.status}`);
  const socket = new WebSocket(`ws://${host}/api`, { origin, headers: { cookie } });
  await once(socket, 'open');
  return socket as WebSocket & globalThis.WebSocket;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
