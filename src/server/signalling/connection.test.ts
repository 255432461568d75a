import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { DEFAULT_LIMITS } from '../constants.ts';
import { ManualClock } from '../testing/clock.ts';
import { Connection } from './connection.ts';

/** Both ends of one WebSocket, the server's as a `Connection`. */
async function pair(limits: Partial<typeof DEFAULT_LIMITS> = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'open')]);
  onTestFinished(() => {
    client.terminate();
    server.close();
  });
  const clock = new ManualClock();
  const goodbyes: string[] = [];
  const ended: boolean[] = [];
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  const connection = new Connection(
    socket,
    clock,
    { ...DEFAULT_LIMITS, ...limits },
    {
      frame: () => undefined,
      goodbye: (reason) => goodbyes.push(reason),
      closed: (leaving) => ended.push(leaving),
    },
  );
  return { client, clock, connection, goodbyes, ended, closed };
}

test('a client that does not read gets its goodbye, and no more is kept for it in memory', async () => {
  const { client, clock, connection, goodbyes, ended, closed } = await pair({ bufferedBytes: 1 << 20 });
  client.pause();
  const megabyte = 'A'.repeat(1 << 20);

  let sent = 0;
  // The system's own buffers take some before the connection's fill.
  while (connection.open && sent < 64) {
    connection.sendText(megabyte);
    sent++;
  }

  expect(goodbyes).toEqual(['too-slow']);
  expect(ended).toEqual([]);
  clock.advance(2_000); // It never finishes the closing handshake.
  await closed;
  expect(ended).toEqual([false]);
  expect(clock.pending).toBe(0);
});

test('after a goodbye nothing more is said, and a second goodbye is none', async () => {
  const { client, connection, goodbyes, closed } = await pair();
  const frames: string[] = [];
  client.on('message', (data) => frames.push(data.toString()));

  connection.goodbye('replaced');
  connection.goodbye('too-many');
  connection.send({ type: 'presence', userId: 'x', online: true });

  await closed;
  expect(goodbyes).toEqual(['replaced']);
  expect(frames).toEqual(['{"type":"goodbye","reason":"replaced"}']);
});

test.each([
  [1000, true],
  [1001, false],
  [4000, false],
])('a close with %i counts as leaving: %s', async (code, leaving) => {
  const { client, ended, closed } = await pair();

  client.close(code);

  await closed;
  expect(ended).toEqual([leaving]);
});
