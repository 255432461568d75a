import { describe, expect, test } from 'vitest';
import { newDeviceId, newIdentity, TestClient } from '../testing/client.ts';
import { testServer } from '../testing/server.ts';

describe('routing', () => {
  test('an envelope reaches its receiver unchanged, and the sender is told', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    const envelope = a.envelope(b.userId, { toDevice: b.deviceId, sentAt: 1234 });

    const answer = await a.post(envelope);

    expect(answer).toEqual({ type: 'sent', id: envelope.id, devices: 1, kept: false });
    expect((await b.next('deliver')).envelope).toEqual(envelope);
  });

  test('without a device it reaches every machine of the receiver; with one, that one alone', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const { client: a } = await TestClient.connect(server.url);
    const { client: desk } = await TestClient.connect(server.url, identity);
    const { client: lap } = await TestClient.connect(server.url, identity);

    expect(await a.post(a.envelope(identity.userId))).toMatchObject({ type: 'sent', devices: 2 });
    expect(await a.post(a.envelope(identity.userId, { toDevice: lap.deviceId }))).toMatchObject({
      devices: 1,
    });

    expect(await desk.all('deliver')).toHaveLength(1);
    expect(await lap.all('deliver')).toHaveLength(2);
  });

  test('what a machine sends to its own user reaches the other machines, not itself', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const { client: desk } = await TestClient.connect(server.url, identity);
    const { client: lap } = await TestClient.connect(server.url, identity);

    expect(await desk.post(desk.envelope(identity.userId), 60_000)).toMatchObject({ devices: 1 });

    expect(await lap.all('deliver')).toHaveLength(1);
    expect(await desk.all('deliver')).toHaveLength(0);
    desk.drop();
    await server.connections(1);
    const { client: again } = await TestClient.connect(server.url, identity, desk.deviceId);
    expect(await again.all('deliver')).toHaveLength(0);
  });

  test('nobody there and nothing to keep: no device, not kept', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);

    expect(await a.post(a.envelope(newIdentity().userId))).toMatchObject({
      type: 'sent',
      devices: 0,
      kept: false,
    });
  });

  test.each([
    ['user', { from: newIdentity().userId }],
    ['device', { fromDevice: newDeviceId() }],
  ])('an envelope from another %s is refused', async (_, changes) => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);

    expect(await a.post(a.envelope(b.userId, changes))).toMatchObject({
      type: 'refused',
      reason: 'not-yours',
    });

    expect(await b.all('deliver')).toHaveLength(0);
  });

  test('one sent twice is delivered once, and the second answer is the first', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    const envelope = a.envelope(b.userId);

    const first = await a.post(envelope);
    b.send({ type: 'received', id: envelope.id });
    await b.roundTrip();
    const second = await a.post(envelope);

    expect(second).toEqual(first);
    expect(await b.all('deliver')).toHaveLength(1);
  });

  test('one sent again over a new connection is delivered once too', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    const envelope = a.envelope(b.userId);
    await a.post(envelope);
    a.drop();
    await server.connections(1);

    const { client: again } = await TestClient.connect(server.url, a.identity, a.deviceId);

    expect(await again.post(envelope)).toMatchObject({ type: 'sent', devices: 1 });
    expect(await b.all('deliver')).toHaveLength(1);
  });

  test('one that reached nobody may be sent again and reach somebody', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const { client: a } = await TestClient.connect(server.url);
    const envelope = a.envelope(identity.userId);
    expect(await a.post(envelope)).toMatchObject({ devices: 0, kept: false });

    const { client: b } = await TestClient.connect(server.url, identity);

    expect(await a.post(envelope)).toMatchObject({ devices: 1 });
    await b.next('deliver');
  });
});

describe('coming back', () => {
  test('a dropped machine resumes its session and gets what it had not acknowledged, once and in order', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b, welcome } = await TestClient.connect(server.url);
    const acknowledged = a.envelope(b.userId);
    const lost = a.envelope(b.userId);
    const kept = a.envelope(b.userId);
    const meanwhile = a.envelope(b.userId);
    await a.post(acknowledged);
    b.send({ type: 'received', id: acknowledged.id });
    await b.roundTrip();
    await a.post(lost);
    await a.post(kept, 60_000);
    b.drop();
    await server.connections(1);
    expect(await a.post(meanwhile)).toMatchObject({ devices: 1 });

    const { client: again, welcome: second } = await TestClient.connect(
      server.url,
      b.identity,
      b.deviceId,
      welcome.sessionId,
    );

    expect(second).toMatchObject({ resumed: true, sessionId: welcome.sessionId });
    const delivered = await again.all('deliver');
    expect(delivered.map(({ envelope }) => envelope.id)).toEqual([lost.id, kept.id, meanwhile.id]);
    for (const { envelope } of delivered) again.send({ type: 'received', id: envelope.id });
    await again.roundTrip();
    again.drop();
    await server.connections(1);
    const { client: third } = await TestClient.connect(server.url, b.identity, b.deviceId, welcome.sessionId);
    expect(await third.all('deliver')).toEqual([]);
  });

  test('a machine that starts over gets a new session and still what was for it', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b, welcome } = await TestClient.connect(server.url);
    await a.post(a.envelope(b.userId));
    b.drop();
    await server.connections(1);

    const { client: again, welcome: second } = await TestClient.connect(server.url, b.identity, b.deviceId);

    expect(second.resumed).toBe(false);
    expect(second.sessionId).not.toBe(welcome.sessionId);
    expect(await again.all('deliver')).toHaveLength(1);
  });

  test('after the time to resume the session is forgotten, with what waited in it', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b, welcome } = await TestClient.connect(server.url);
    b.drop();
    await server.connections(1);
    server.clock.advance(8_000);
    const envelope = a.envelope(b.userId);
    expect(await a.post(envelope)).toMatchObject({ devices: 0, kept: true });
    await a.roundTrip();

    for (let elapsed = 0; elapsed < 52_000; elapsed += 13_000) {
      server.clock.advance(13_000);
      await a.roundTrip();
    }

    expect(await a.post(a.envelope(b.userId))).toMatchObject({ devices: 0, kept: false });
    const { client: again, welcome: second } = await TestClient.connect(
      server.url,
      b.identity,
      b.deviceId,
      welcome.sessionId,
    );
    expect(second.resumed).toBe(false);
    expect(await again.all('deliver')).toEqual([]);
  });

  test('a machine that says it leaves is gone at once', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    await b.leave();
    await server.connections(1);

    expect(await a.post(a.envelope(b.userId))).toMatchObject({ devices: 0, kept: false });
  });

  test('the same machine connecting again replaces its old connection', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b, welcome } = await TestClient.connect(server.url);
    await a.post(a.envelope(b.userId));

    const { client: again, welcome: second } = await TestClient.connect(
      server.url,
      b.identity,
      b.deviceId,
      welcome.sessionId,
    );

    expect((await b.closed).goodbye).toBe('replaced');
    expect(second.resumed).toBe(true);
    expect(await again.all('deliver')).toHaveLength(1);
    await server.connections(2);
    expect(await a.post(a.envelope(b.userId))).toMatchObject({ devices: 1 });
  });

  test("another user's session cannot be resumed", async () => {
    const server = await testServer();
    const { welcome } = await TestClient.connect(server.url);

    const { welcome: other } = await TestClient.connect(
      server.url,
      newIdentity(),
      newDeviceId(),
      welcome.sessionId,
    );

    expect(other.resumed).toBe(false);
    expect(other.sessionId).not.toBe(welcome.sessionId);
  });

  test('a silent connection is cut after two heartbeats, and its machine may resume', async () => {
    const server = await testServer();
    const { client: b, welcome } = await TestClient.connect(server.url);
    b.socket.pause();

    server.clock.advance(15_000);
    server.clock.advance(15_000);

    await server.connections(0);
    const { welcome: second } = await TestClient.connect(
      server.url,
      b.identity,
      b.deviceId,
      welcome.sessionId,
    );
    expect(second.resumed).toBe(true);
    b.drop();
  });

  test('a connection that answers pings stays', async () => {
    const server = await testServer();
    const { client: b } = await TestClient.connect(server.url);

    for (let beat = 0; beat < 6; beat++) {
      server.clock.advance(15_000);
      await b.roundTrip();
    }

    await server.connections(1);
  });
});

describe('the mailbox', () => {
  test('an envelope with time to live reaches each machine that connects before it expires, once each', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const { client: a } = await TestClient.connect(server.url);
    const envelope = a.envelope(identity.userId);
    expect(await a.post(envelope, 600_000)).toMatchObject({ devices: 0, kept: true });

    const { client: desk } = await TestClient.connect(server.url, identity);
    expect(await desk.all('deliver')).toHaveLength(1);
    desk.send({ type: 'received', id: envelope.id });
    await desk.roundTrip();
    const { client: lap } = await TestClient.connect(server.url, identity);
    expect(await lap.all('deliver')).toHaveLength(1);
    await desk.leave();
    const { client: deskAgain } = await TestClient.connect(server.url, identity, desk.deviceId);
    expect(await deskAgain.all('deliver')).toHaveLength(0);
  });

  test('an envelope for one machine waits for that one, and is forgotten when it has it', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const deviceId = newDeviceId();
    const { client: a } = await TestClient.connect(server.url);
    const envelope = a.envelope(identity.userId, { toDevice: deviceId });
    await a.post(envelope, 600_000);

    const { client: other } = await TestClient.connect(server.url, identity);
    expect(await other.all('deliver')).toHaveLength(0);
    const { client: right } = await TestClient.connect(server.url, identity, deviceId);
    expect(await right.all('deliver')).toHaveLength(1);
    right.send({ type: 'received', id: envelope.id });
    await right.roundTrip();

    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    expect(metrics).toContain('byway_mailbox_envelopes 0');
  });

  test('an envelope is gone when its time is over', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const { client: a } = await TestClient.connect(server.url);
    await a.post(a.envelope(identity.userId), 10_000);

    server.clock.advance(10_000);

    const { client: b } = await TestClient.connect(server.url, identity);
    expect(await b.all('deliver')).toHaveLength(0);
  });

  test('a full mailbox refuses, and says so', async () => {
    const server = await testServer({ limits: { mailboxEnvelopes: 8 } });
    const { client: a } = await TestClient.connect(server.url);
    const away = newIdentity().userId;
    await a.post(a.envelope(away), 60_000);
    await a.post(a.envelope(away), 60_000);

    expect(await a.post(a.envelope(away), 60_000)).toMatchObject({
      type: 'refused',
      reason: 'mailbox-full',
    });
  });

  test('a full mailbox does not keep an envelope from a machine that is here', async () => {
    const server = await testServer({ limits: { mailboxEnvelopes: 4 } });
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);
    expect(await a.post(a.envelope(b.userId), 60_000)).toMatchObject({ devices: 1, kept: true });

    expect(await a.post(a.envelope(b.userId), 60_000)).toMatchObject({ devices: 1, kept: false });

    expect(await b.all('deliver')).toHaveLength(2);
  });

  test('an envelope it has already is kept once, although its sender has been forgotten since', async () => {
    const server = await testServer();
    const identity = newIdentity();
    const { client: a } = await TestClient.connect(server.url);
    const envelope = a.envelope(identity.userId);
    await a.post(envelope, 60_000);
    await a.leave();

    const { client: again } = await TestClient.connect(server.url, a.identity, a.deviceId);
    expect(await again.post(envelope, 60_000)).toMatchObject({ type: 'sent', devices: 0, kept: true });

    const { client: b } = await TestClient.connect(server.url, identity);
    expect(await b.all('deliver')).toHaveLength(1);
  });
});
