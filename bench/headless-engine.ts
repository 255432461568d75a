/** A real engine in a process of its own, driven through the same API and the same door as its interface. */
import { once } from 'node:events';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import WebSocket from 'ws';
import { startEngineProcess, temporaryFolder } from '../scripts/steps/byway-processes.ts';
import type { Contract } from '../src/shared/contract.ts';

export type EngineClient = ContractRouterClient<Contract>;

export interface HeadlessEngine {
  readonly processId: number;
  readonly userId: string;
  readonly link: string;
  readonly client: EngineClient;
  stop(): Promise<void>;
}

/** Starts the built engine for a new user of `serverUrl`, and enters as a page would. */
export async function startHeadlessEngine(
  name: string,
  serverUrl: string,
  flags: readonly string[] = [],
): Promise<HeadlessEngine> {
  const folder = await temporaryFolder();
  const engine = await startEngineProcess({ dataDirectory: folder.path, serverUrl, name, flags });
  const stop = async () => {
    await engine.stop();
    await folder.remove();
  };
  try {
    const socket = await enter(engine.address);
    const client: EngineClient = createORPCClient(new RPCLink({ websocket: socket }));
    return {
      processId: engine.pid,
      userId: engine.userId,
      link: engine.link,
      client,
      async stop() {
        socket.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Uses the one-time token up for a session. */
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
