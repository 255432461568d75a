import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { authenticationText } from '../../shared/rendezvous.ts';
import { newDeviceId, newIdentity, TestClient } from '../testing/client.ts';
import { testServer } from '../testing/server.ts';

describe('authentication', () => {
  test('a right signature is welcomed with the client configuration', async () => {
    const server = await testServer();

    const { welcome } = await TestClient.connect(server.url);

    expect(welcome.resumed).toBe(false);
    expect(welcome.configuration.stunServers).toEqual([{ host: '', port: server.stunPort }]);
    expect(welcome.configuration.relays).toEqual([]);
    expect(welcome.serverTimeMs).toBe(server.clock.wallNow());
  });

  test('the name dialled is signed, whatever spelling it has', async () => {
    const server = await testServer();
    const client = new TestClient(
      server.url.replace('127.0.0.1', 'LocalHost'),
      newIdentity(),
      newDeviceId(),
      { headers: { host: `LOCALHOST:${server.port}` } },
    );

    await client.authenticate({ host: `localhost:${server.port}` });

    await client.next('welcome');
  });

  test.each([
    ['made with another key', { otherKey: true }],
    ['over another host', { host: 'evil.example:47800' }],
    ['over another nonce', { nonce: 'A'.repeat(43) }],
    ['for another user', { frame: { userId: newIdentity().userId } }],
    ['for another device', { frame: { deviceId: newDeviceId() } }],
    ['of zeros', { frame: { signature: 'A'.repeat(86) } }],
    ['by a user ID that is no key', { frame: { userId: '_'.repeat(43) } }],
  ])('a signature %s gets a goodbye', async (_, { otherKey, ...changes }: Record<string, unknown>) => {
    const server = await testServer();
    const identity = newIdentity();
    const claimed = otherKey ? { ...identity, privateKey: newIdentity().privateKey } : identity;
    const client = new TestClient(server.url, claimed, newDeviceId());

    await client.authenticate(changes);

    expect(await client.closed).toEqual({ code: 1008, goodbye: 'bad-signature' });
  });

  test('another spelling of the same key is not the same user', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const last = identity.userId.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // The last character carries four bits and two spare ones: its neighbour decodes to the same bytes.
    const alias = identity.userId.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1];
    expect(Buffer.from(alias, 'base64url')).toEqual(Buffer.from(identity.userId, 'base64url'));
    const client = new TestClient(server.url, { ...identity, userId: alias }, newDeviceId());

    await client.authenticate();

    expect((await client.closed).goodbye).toBe('bad-signature');
  });

  test('an answer that was right on one connection is worth nothing on another', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const deviceId = newDeviceId();
    const first = new TestClient(server.url, identity, deviceId);
    const nonce = await first.authenticate();
    await first.next('welcome');
    const second = new TestClient(server.url, identity, deviceId);

    await second.authenticate({ nonce });

    expect((await second.closed).goodbye).toBe('bad-signature');
    await first.roundTrip(); // And the first one is not disturbed.
  });

  test('another protocol version is told so', async () => {
    const server = await testServer();
    const client = new TestClient(server.url, newIdentity(), newDeviceId());

    await client.authenticate({ frame: { version: 2 } });

    expect((await client.closed).goodbye).toBe('bad-version');
  });

  test('whoever says nothing is let go after the time limit', async () => {
    const server = await testServer({ limits: { authenticationMs: 3_000 } });
    const client = new TestClient(server.url, newIdentity(), newDeviceId());
    await client.next('challenge');

    server.clock.advance(2_999);
    await client.roundTrip();
    server.clock.advance(1);

    expect((await client.closed).goodbye).toBe('too-slow');
  });

  test('the time limit ends with authentication', async () => {
    const server = await testServer({ limits: { authenticationMs: 3_000 } });
    const { client } = await TestClient.connect(server.url);

    server.clock.advance(3_001);

    await client.roundTrip();
  });

  test.each(['contacts', 'send', 'received'])('%s before authentication gets a goodbye', async (type) => {
    const server = await testServer();
    const client = new TestClient(server.url, newIdentity(), newDeviceId());
    await client.next('challenge');
    const envelope = client.envelope(client.userId);

    client.raw(JSON.stringify({ type, userIds: [], id: envelope.id, envelope, ttlMs: 0 }));

    expect((await client.closed).goodbye).toBe('bad-frame');
  });

  test('authenticating twice gets a goodbye', async () => {
    const server = await testServer();
    const { client } = await TestClient.connect(server.url);

    client.raw(
      JSON.stringify({
        type: 'authenticate',
        version: 1,
        userId: client.userId,
        deviceId: client.deviceId,
        signature: 'A'.repeat(86),
      }),
    );

    expect((await client.closed).goodbye).toBe('bad-frame');
  });

  test('the signed text is the one of the contract', () => {
    expect(authenticationText('Example.ORG:1', 'n', 'u', 'd')).toBe(
      'byway-authenticate-v1\nexample.org:1\nn\nu\nd',
    );
  });
});

describe('names', () => {
  /** The HTTP status that a WebSocket handshake with this Host header ends with; 101 when it is accepted. */
  async function handshake(url: string, host: string): Promise<number | undefined> {
    const socket = new WebSocket(url, { headers: { host } });
    return new Promise((resolve, reject) => {
      socket.on('open', () => {
        socket.close(1000);
        resolve(101);
      });
      socket.on('unexpected-response', (request, response) => {
        request.destroy();
        resolve(response.statusCode);
      });
      socket.on('error', reject);
    });
  }

  test('a hostile server cannot pass our challenge on under its own name', async () => {
    const server = await testServer();

    expect(await handshake(server.url, 'evil.example')).toBe(421);
    expect(await handshake(server.url, '127.0.0.2')).toBe(421);
    expect(await handshake(server.url, `user@127.0.0.1`)).toBe(421);
    expect(await handshake(server.url, '127.0.0.1')).toBe(101);
  });

  test('the public name is ours, on any port', async () => {
    const server = await testServer({ publicHost: 'meet.example' });

    expect(await handshake(server.url, 'meet.example')).toBe(101);
    expect(await handshake(server.url, 'Meet.Example:443')).toBe(101);
    expect(await handshake(server.url, 'xmeet.example')).toBe(421);
  });

  test('the public name is what clients are told for STUN', async () => {
    const server = await testServer({ publicHost: 'meet.example' });

    const { welcome } = await TestClient.connect(server.url);

    expect(welcome.configuration.stunServers).toEqual([{ host: 'meet.example', port: server.stunPort }]);
  });

  test('other paths are not for WebSockets', async () => {
    const server = await testServer();

    await vi.waitFor(async () => expect(await handshake(`${server.url}/elsewhere`, '127.0.0.1')).toBe(404));
  });
});
