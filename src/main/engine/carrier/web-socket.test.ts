import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { WebSocketBase } from './web-socket.ts';

test('what was asked before the connection stood is asked as soon as it does, once', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const heard: string[] = [];
  const closed = once(server, 'connection').then(async ([webSocket]) => {
    webSocket.on('message', (data: Buffer) => heard.push(data.toString()));
    webSocket.on('message', () => base.closeSoon());
    await once(webSocket, 'close');
  });
  const base = new WebSocketBase({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    onDatagram: () => undefined,
    onGone: () => undefined,
  });

  const question = Buffer.from('..a leg, please..');
  base.send(Buffer.from('too early'), 0, 9, 0, '');
  base.send(question, 2, 13, 0, '');
  // Whoever sends may use its bytes again at once.
  question.fill(0);

  await closed;
  expect(heard).toEqual(['a leg, please']);
});
