/** A server on loopback for one test, closed when the test ends. */
import { onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { type RendezvousServer, type ServerOptions, startServer } from '../index.ts';
import { ManualClock } from './clock.ts';

export interface TestServer extends RendezvousServer {
  readonly clock: ManualClock;
  /** `http://host:port` */
  readonly http: string;
  /** Resolves when the server has exactly this many open connections. */
  connections(count: number): Promise<void>;
}

export async function testServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const clock = new ManualClock();
  const server = await startServer({ host: '127.0.0.1', port: 0, clock, ...options });
  onTestFinished(() => server.close());
  const http = server.url.replace('ws:', 'http:');
  return {
    ...server,
    clock,
    http,
    connections: (count) =>
      vi.waitFor(async () => {
        const health = z
          .object({ connections: z.number() })
          .parse(await (await fetch(`${http}/health`)).json());
        if (health.connections !== count) throw new Error(`${health.connections} connections, not ${count}`);
      }, 5_000),
  };
}
