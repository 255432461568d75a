import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.ts';

const logger = pino({ level: 'silent' });
const opened: { close(): unknown }[] = [];

async function embedded(port: number): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ logger, port });
  opened.push(server);
  return server;
}

/** A program on a port of its own that answers everything with `body`. */
async function stranger(body: string): Promise<number> {
  const server: Server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

describe('the embedded server', () => {
  it('takes the usual port', async () => {
    const port = await freePort();
    expect(await embedded(port)).toMatchObject({
      url: `ws://127.0.0.1:${port}`,
      own: true,
      portTaken: false,
    });
  });

  it('uses the Byway server that is there already, and leaves it running', async () => {
    const port = await freePort();
    await embedded(port);
    const second = await embedded(port);
    expect(second).toMatchObject({ url: `ws://127.0.0.1:${port}`, own: false, portTaken: false });
    await second.close();
    expect((await fetch(`http://127.0.0.1:${port}/byway`)).ok).toBe(true);
  });

  it.each(['{"name":"something-else"}', 'not json', ''])(
    'takes another port when %j answers there',
    async (body) => {
      const port = await stranger(body);
      const server = await embedded(port);
      expect(server).toMatchObject({ own: true, portTaken: true });
      expect(server.url).not.toContain(`:${port}`);
      expect((await fetch(`${server.url.replace('ws', 'http')}/byway`)).ok).toBe(true);
    },
  );
});
