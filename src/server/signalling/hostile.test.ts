import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newDeviceId, newIdentity, TestClient } from '../testing/client.ts';
import { type TestServer, testServer } from '../testing/server.ts';

async function challenged(server: TestServer): Promise<TestClient> {
  const client = new TestClient(server.url, newIdentity(), newDeviceId());
  await client.next('challenge');
  return client;
}

/** However it went, the server still does its work. */
async function stillServes(server: TestServer): Promise<void> {
  const { client: a } = await TestClient.connect(server.url);
  const { client: b } = await TestClient.connect(server.url);
  expect(await a.post(a.envelope(b.userId))).toMatchObject({ type: 'sent', devices: 1 });
  await b.next('deliver');
}

describe('hostile frames', () => {
  const deep = 30_000;
  const id = 'A'.repeat(22);
  test.each<[string, string | Buffer]>([
    ['empty', ''],
    ['not JSON', 'hello'],
    ['half a JSON', '{"type":"received","id":'],
    ['deep arrays', '['.repeat(deep) + ']'.repeat(deep)],
    ['deep objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['null', 'null'],
    ['a number', '17'],
    ['an unknown type', '{"type":"launch"}'],
    ['a type from the prototype', '{"type":"constructor"}'],
    ['__proto__', '{"__proto__":{"type":"received"}}'],
    ['binary', Buffer.from(`{"type":"received","id":"${id}"}`)],
    ['an ID too short', '{"type":"received","id":"A"}'],
    ['contacts that are none', '{"type":"contacts","userIds":[1]}'],
    ['a negative time to live', '{"type":"send","ttlMs":-1}'],
  ])('%s gets a goodbye', async (_, data) => {
    const server = await testServer();
    const before = await challenged(server);
    const { client: after } = await TestClient.connect(server.url);

    before.raw(data);
    after.raw(data);

    expect((await before.closed).goodbye).toBe('bad-frame');
    expect((await after.closed).goodbye).toBe('bad-frame');
    await stillServes(server);
  });

  test('a frame over the limit is not read to its end', async () => {
    const server = await testServer();
    const client = await challenged(server);

    client.raw('x'.repeat(65_537));

    expect((await client.closed).code).toBe(1009);
    await stillServes(server);
  });

  test('text that is not UTF-8 ends the connection', async () => {
    const server = await testServer();
    const client = await challenged(server);

    client.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });

    expect((await client.closed).code).toBe(1007);
  });

  test('bytes that are not WebSocket end the connection', async () => {
    const server = await testServer();
    const client = await challenged(server);
    const { _socket: tcp } = client.socket as unknown as { _socket: NodeJS.WritableStream };

    tcp.write(Buffer.alloc(64, 0xff));

    expect((await client.closed).code).toBe(1002);
    await stillServes(server);
  });

  test('nothing that a client says after its goodbye counts', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);

    a.raw('nonsense');
    a.send({ type: 'send', envelope: a.envelope(b.userId), ttlMs: 0 });

    await a.closed;
    expect(await b.all('deliver')).toEqual([]);
  });

  test('any text or bytes are answered with a goodbye or a close, and hurt nobody', async () => {
    const server = await testServer({
      limits: { connectionBurst: 1_000, unauthenticatedPerAddress: 1_000 },
    });
    const almost = fc.record({
      type: fc.constantFrom('authenticate', 'contacts', 'send', 'received'),
      version: fc.anything(),
      userIds: fc.anything(),
      envelope: fc.anything(),
      ttlMs: fc.anything(),
      id: fc.anything(),
    });
    const data = fc.oneof(
      fc.string(),
      fc.json(),
      almost.map((value) => JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? 1 : inner))),
      fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
    );

    await fc.assert(
      fc.asyncProperty(data, async (frame) => {
        const client = await challenged(server);
        client.raw(frame);
        expect(['bad-frame', 'bad-version']).toContain((await client.closed).goodbye);
      }),
      { numRuns: 150 },
    );

    await stillServes(server);
  });
});
