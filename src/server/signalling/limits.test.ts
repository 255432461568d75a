import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { newDeviceId, newIdentity, TestClient } from '../testing/client.ts';
import { testServer } from '../testing/server.ts';

/** A client whose handshake is refused: its HTTP status. */
function refusal(client: TestClient): Promise<number | undefined> {
  return new Promise((resolve) => {
    client.socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode);
    });
  });
}

function stranger(url: string, headers: Record<string, string> = {}): TestClient {
  return new TestClient(url, newIdentity(), newDeviceId(), { headers });
}

describe('limits', () => {
  test('an envelope too large for this server is refused', async () => {
    const server = await testServer({ limits: { envelopeBytes: 30 } });
    const { client, welcome } = await TestClient.connect(server.url);
    expect(welcome.configuration.limits.envelopeBytes).toBe(30);

    expect(await client.post(client.envelope(client.userId, { sealed: 'A'.repeat(40) }))).toMatchObject({
      type: 'sent',
    });
    expect(await client.post(client.envelope(client.userId, { sealed: 'A'.repeat(42) }))).toMatchObject({
      type: 'refused',
      reason: 'too-large',
    });
  });

  test('a user sends only so many envelopes, over all machines, and may go on later', async () => {
    const server = await testServer({ limits: { envelopesPerMinute: 60, envelopeBurst: 2 } });
    const identity = newIdentity();
    const { client: desk } = await TestClient.connect(server.url, identity);
    const { client: lap } = await TestClient.connect(server.url, identity);
    const to = newIdentity().userId;
    await desk.post(desk.envelope(to));
    await lap.post(lap.envelope(to));

    expect(await desk.post(desk.envelope(to))).toMatchObject({ type: 'refused', reason: 'too-many' });

    server.clock.advance(1_000);
    expect(await desk.post(desk.envelope(to))).toMatchObject({ type: 'sent' });
  });

  test('leaving and coming back does not renew what a user may send', async () => {
    const server = await testServer({ limits: { envelopesPerMinute: 1, envelopeBurst: 1 } });
    const { client } = await TestClient.connect(server.url);
    const to = newIdentity().userId;
    await client.post(client.envelope(to));
    await client.leave();

    const { client: again } = await TestClient.connect(server.url, client.identity, client.deviceId);

    expect(await again.post(again.envelope(to))).toMatchObject({ type: 'refused', reason: 'too-many' });
  });

  test.each([
    ['frames', (client: TestClient) => client.send({ type: 'received', id: 'A'.repeat(22) })],
    ['pings', (client: TestClient) => client.socket.ping()],
  ])('too many %s end the connection', async (_, act) => {
    const server = await testServer({ limits: { framesPerSecond: 1, frameBurst: 5 } });
    const { client } = await TestClient.connect(server.url); // One frame, `authenticate`.

    for (let count = 0; count < 5; count++) act(client);

    expect((await client.closed).goodbye).toBe('too-many');
  });

  test('a user has only so many machines; one that is away gives way', async () => {
    const server = await testServer({ limits: { devicesPerUser: 2 } });
    const identity = newIdentity();
    const { client: first } = await TestClient.connect(server.url, identity);
    await TestClient.connect(server.url, identity);
    const third = new TestClient(server.url, identity, newDeviceId());
    await third.authenticate();
    expect((await third.closed).goodbye).toBe('too-many');

    first.drop();
    await server.connections(1);

    await TestClient.connect(server.url, identity);
  });

  test('a user authenticates only so often', async () => {
    const server = await testServer({ limits: { authenticationsPerSecond: 1, authenticationBurst: 1 } });
    const { client } = await TestClient.connect(server.url);
    await client.leave();
    const again = new TestClient(server.url, client.identity, client.deviceId);
    await again.authenticate();
    expect((await again.closed).goodbye).toBe('too-many');

    server.clock.advance(1_000);

    await TestClient.connect(server.url, client.identity, client.deviceId);
  });

  test('failed attempts in the name of a user do not use up their own', async () => {
    const server = await testServer({ limits: { authenticationsPerSecond: 0, authenticationBurst: 1 } });
    const identity = newIdentity();
    const forged = new TestClient(
      server.url,
      { ...identity, ...{ privateKey: newIdentity().privateKey } },
      newDeviceId(),
    );
    await forged.authenticate();
    expect((await forged.closed).goodbye).toBe('bad-signature');

    await TestClient.connect(server.url, identity);
  });

  test('one address has only so many connections that have not authenticated', async () => {
    const server = await testServer({ limits: { unauthenticatedPerAddress: 2 } });
    await TestClient.connect(server.url); // Does not count any more.
    const first = stranger(server.url);
    const second = stranger(server.url);
    await Promise.all([first.next('challenge'), second.next('challenge')]);
    expect(await refusal(stranger(server.url))).toBe(429);

    first.drop();
    await server.connections(2);

    await stranger(server.url).next('challenge');
  });

  test('one address opens connections only so fast', async () => {
    const server = await testServer({ limits: { connectionsPerSecond: 1, connectionBurst: 1 } });
    await stranger(server.url).next('challenge');
    expect(await refusal(stranger(server.url))).toBe(429);

    server.clock.advance(1_000);

    await stranger(server.url).next('challenge');
  });

  test('a handshake that fails gives its place back', async () => {
    const server = await testServer({ limits: { unauthenticatedPerAddress: 1 } });
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await new Promise((resolve) => socket.resume().once('close', resolve));

    await vi.waitFor(() => stranger(server.url).next('challenge'));
  });

  test('behind a proxy of our own the forwarded address is the one that counts', async () => {
    const limits = { connectionsPerSecond: 0, connectionBurst: 1 };
    const proxied = await testServer({ limits, trustProxy: true, publicHost: 'meet.example' });
    const direct = await testServer({ limits });

    await stranger(proxied.url, { 'x-forwarded-for': '203.0.113.1, 198.51.100.1' }).next('challenge');
    await stranger(proxied.url, { 'x-forwarded-for': '203.0.113.1, 198.51.100.2' }).next('challenge');
    expect(await refusal(stranger(proxied.url, { 'x-forwarded-for': '10.0.0.9, 198.51.100.2' }))).toBe(429);

    await stranger(direct.url, { 'x-forwarded-for': '198.51.100.1' }).next('challenge');
    expect(await refusal(stranger(direct.url, { 'x-forwarded-for': '198.51.100.2' }))).toBe(429);
  });

  test('the server has only so many connections', async () => {
    const server = await testServer({ limits: { connections: 1 } });
    await TestClient.connect(server.url);

    expect(await refusal(stranger(server.url))).toBe(503);
  });

  test('what may wait for a machine must fit in what may be sent to it at once', async () => {
    const limits = { bufferedBytes: 1_000, queuedBytes: 600, mailboxBytes: 600 };

    await expect(testServer({ limits })).rejects.toThrow(RangeError);
  });

  test('one sender cannot fill the queue of a machine that is away', async () => {
    const server = await testServer({ limits: { queuedEnvelopes: 4 } });
    const { client: flooder } = await TestClient.connect(server.url);
    const { client: friend } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    b.drop();
    await server.connections(2);
    await flooder.post(flooder.envelope(b.userId));

    expect(await flooder.post(flooder.envelope(b.userId))).toMatchObject({ reason: 'mailbox-full' });

    expect(await friend.post(friend.envelope(b.userId))).toMatchObject({ type: 'sent', devices: 1 });
  });
});
