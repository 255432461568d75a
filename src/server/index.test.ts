import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startServer } from './index.ts';
import { newDeviceId, newIdentity, TestClient } from './testing/client.ts';
import { testServer } from './testing/server.ts';

describe('the server', () => {
  test('says goodbye to every client when it closes, and frees its ports', async () => {
    const server = await testServer();
    const { client } = await TestClient.connect(server.url);
    const waiting = new TestClient(server.url, newIdentity(), newDeviceId());
    await waiting.next('challenge');

    await Promise.all([server.close(), server.close()]);

    expect(await client.closed).toEqual({ code: 1012, goodbye: 'shutting-down' });
    expect(await waiting.closed).toEqual({ code: 1012, goodbye: 'shutting-down' });
    expect(server.clock.pending).toBe(0);
    const next = await startServer({ host: '127.0.0.1', port: server.port });
    expect(next.stunPort).toBe(server.stunPort);
    await next.close();
  });

  test('leaves no timer behind when a machine was away as it closed', async () => {
    const server = await testServer();
    const { client } = await TestClient.connect(server.url);
    client.drop();
    await server.connections(0);

    await server.close();

    expect(server.clock.pending).toBe(0);
  });

  test('closes although a client does not answer, and although an HTTP connection is open', async () => {
    const server = await startServer({ host: '127.0.0.1', port: 0 });
    const { client } = await TestClient.connect(server.url);
    client.socket.pause();
    const idle = connect(server.port, '127.0.0.1');
    await once(idle, 'connect');
    idle.on('error', () => undefined);

    await server.close();

    client.drop();
  });

  test('a client of before authenticates anew with the server that follows', async () => {
    const first = await startServer({ host: '127.0.0.1', port: 0 });
    const { client, welcome } = await TestClient.connect(first.url);
    await first.close();
    const second = await testServer({ port: first.port });

    const { welcome: again } = await TestClient.connect(
      second.url,
      client.identity,
      client.deviceId,
      welcome.sessionId,
    );

    expect(again.resumed).toBe(false);
  });

  test('works over IPv6', async () => {
    const server = await testServer({ host: '::1' });

    expect(server.url).toBe(`ws://[::1]:${server.port}`);
    await TestClient.connect(server.url);
  });

  test('on :: it serves both families, with STUN on one port for both', async () => {
    const server = await testServer({ host: '::' });

    await TestClient.connect(`ws://127.0.0.1:${server.port}`);
    await TestClient.connect(`ws://[::1]:${server.port}`);
  });

  test('tells clients of the address that STUN has of its own', async () => {
    const server = await testServer({
      stunAddresses: [{ address: '127.0.0.1' }],
      stunAlternateAddresses: [{ address: '127.0.0.2' }],
    });

    const { welcome } = await TestClient.connect(server.url);

    expect(server.stunAlternatePort).toBeGreaterThan(0);
    expect(welcome.configuration.stunServers).toEqual([{ host: '127.0.0.1', port: server.stunPort }]);
  });

  test('tells clients of the STUN servers it was given', async () => {
    const stunServers = [{ host: 'stun.example', port: 3478 }];
    const server = await testServer({ stunServers });

    const { welcome } = await TestClient.connect(server.url);

    expect(welcome.configuration.stunServers).toEqual(stunServers);
  });

  test('a TCP port that is taken is an error that says which', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => {
      other.close();
    });
    const { port } = other.address() as AddressInfo;

    await expect(startServer({ host: '127.0.0.1', port })).rejects.toMatchObject({
      name: 'PortTakenError',
      transport: 'TCP',
      port,
    });
  });

  test('a UDP port that is taken is an error that says which, and leaves the TCP port free', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => {
      other.close();
    });
    const { port } = other.address();

    await expect(startServer({ host: '127.0.0.1', port })).rejects.toMatchObject({
      name: 'PortTakenError',
      transport: 'UDP',
      port,
    });

    await (await startServer({ host: '127.0.0.1', port, stunPort: 0 })).close();
  });

  test('an address of another machine is an error that says so', async () => {
    await expect(startServer({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      name: 'BindAddressError',
    });
  });

  test('logs neither what is in envelopes nor whole user IDs', async () => {
    let log = '';
    const sink = new Writable({
      write(chunk, _, done) {
        log += chunk;
        done();
      },
    });
    const server = await testServer({ logger: pino({ level: 'trace' }, sink) });
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    await a.post(a.envelope(b.userId, { sealed: 'c2VjcmV0c2VjcmV0' }), 1_000);
    await b.next('deliver');
    a.raw('c2VjcmV0c2VjcmV0');
    await a.closed;
    await server.close();

    expect(log).toContain('authenticated');
    for (const secret of [a.userId, b.userId, a.deviceId, 'c2VjcmV0']) expect(log).not.toContain(secret);
  });
});

describe('HTTP', () => {
  test('GET /byway says whose port it is', async () => {
    const server = await testServer();

    const response = await fetch(`${server.http}/byway`);

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      name: 'byway-rendezvous',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      protocol: 1,
    });
  });

  test('GET /health says how it is', async () => {
    const server = await testServer();
    await TestClient.connect(server.url);
    server.clock.advance(5_000);

    expect(await (await fetch(`${server.http}/health`)).json()).toMatchObject({
      status: 'ok',
      uptimeSeconds: 5,
      connections: 1,
    });
  });

  test('GET /metrics counts, by name and never by user', async () => {
    const server = await testServer();
    const { client } = await TestClient.connect(server.url);
    await client.post(client.envelope(newIdentity().userId), 60_000);

    const text = await (await fetch(`${server.http}/metrics`)).text();

    expect(text).toContain('byway_devices_connected 1');
    expect(text).toContain('byway_authentications_total{result="new"} 1');
    expect(text).toContain('byway_envelopes_total{result="taken"} 1');
    expect(text).toContain('byway_mailbox_envelopes 1');
    expect(text).not.toContain(client.userId);
  });

  test('metrics can be turned off', async () => {
    const server = await testServer({ metrics: false });

    expect((await fetch(`${server.http}/metrics`)).status).toBe(404);
  });

  test.each(['/', '/nothing', '/health/x', '/../etc/passwd'])('%s is not found', async (path) => {
    const server = await testServer();

    expect((await fetch(server.http + path)).status).toBe(404);
  });

  test('nothing but GET and HEAD is taken', async () => {
    const server = await testServer();

    expect((await fetch(`${server.http}/byway`, { method: 'POST', body: 'x' })).status).toBe(405);
  });
});
