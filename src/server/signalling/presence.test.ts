import { describe, expect, test } from 'vitest';
import { newIdentity, TestClient } from '../testing/client.ts';
import { type TestServer, testServer } from '../testing/server.ts';

async function contacts(server: TestServer) {
  const { client: a, welcome: welcomeA } = await TestClient.connect(server.url);
  const { client: b, welcome: welcomeB } = await TestClient.connect(server.url);
  await a.nameContacts(b.userId);
  await b.nameContacts(a.userId);
  expect(await a.next('presence')).toEqual({ type: 'presence', userId: b.userId, online: true });
  expect(await b.next('presence')).toEqual({ type: 'presence', userId: a.userId, online: true });
  return { a, b, welcomeA, welcomeB };
}

describe('presence', () => {
  test('is shown only where both name each other', async () => {
    const server = await testServer();
    const { client: a } = await TestClient.connect(server.url);
    const { client: b } = await TestClient.connect(server.url);

    await a.nameContacts(b.userId);

    expect(await a.all('presence')).toEqual([]);
    expect(await b.all('presence')).toEqual([]);
    await b.nameContacts(a.userId);
    expect(await a.next('presence')).toMatchObject({ userId: b.userId, online: true });
    expect(await b.next('presence')).toMatchObject({ userId: a.userId, online: true });
  });

  test('ends for the other when one takes them off the list', async () => {
    const server = await testServer();
    const { a, b } = await contacts(server);

    await b.nameContacts();

    expect(await a.next('presence')).toMatchObject({ userId: b.userId, online: false });
    expect(await b.all('presence')).toEqual([]);
  });

  test('ends at once when the other leaves', async () => {
    const server = await testServer();
    const { a, b } = await contacts(server);

    await b.leave();

    expect(await a.next('presence')).toMatchObject({ userId: b.userId, online: false });
  });

  test('does not flicker when a connection drops and comes back in time', async () => {
    const server = await testServer();
    const { a, b, welcomeB } = await contacts(server);
    b.drop();
    await server.connections(1);
    server.clock.advance(7_999);

    await TestClient.connect(server.url, b.identity, b.deviceId, welcomeB.sessionId);

    server.clock.advance(8_000);
    expect(await a.all('presence')).toEqual([]);
  });

  test('does not flicker when an app is started again in time', async () => {
    const server = await testServer();
    const { a, b } = await contacts(server);
    b.drop();
    await server.connections(1);

    const { client: again } = await TestClient.connect(server.url, b.identity, b.deviceId);
    expect(await again.all('presence')).toEqual([]); // It has named nobody yet.
    await again.nameContacts(a.userId);

    expect(await again.next('presence')).toMatchObject({ userId: a.userId, online: true });
    expect(await a.all('presence')).toEqual([]);
  });

  test('ends after the grace when the connection does not come back', async () => {
    const server = await testServer();
    const { a, b } = await contacts(server);
    b.drop();
    await server.connections(1);

    server.clock.advance(8_000);

    expect(await a.next('presence')).toMatchObject({ userId: b.userId, online: false });
    expect(await a.post(a.envelope(b.userId))).toMatchObject({ devices: 0, kept: true });
  });

  test('of a user with two machines lasts as long as one of them', async () => {
    const server = await testServer();
    const { a, b } = await contacts(server);
    const { client: lap } = await TestClient.connect(server.url, b.identity);
    await lap.nameContacts(a.userId);

    await b.leave();
    expect(await a.all('presence')).toEqual([]);
    await lap.leave();

    expect(await a.next('presence')).toMatchObject({ userId: b.userId, online: false });
  });

  test('missed while away is told on resuming', async () => {
    const server = await testServer();
    const { a, b, welcomeA } = await contacts(server);
    a.drop();
    await server.connections(1);
    await b.leave();
    await server.connections(0);

    const { client: again } = await TestClient.connect(
      server.url,
      a.identity,
      a.deviceId,
      welcomeA.sessionId,
    );

    expect(await again.next('presence')).toEqual({ type: 'presence', userId: b.userId, online: false });
  });

  test('too many contacts end the connection', async () => {
    const server = await testServer({ limits: { contacts: 2 } });
    const { client, welcome } = await TestClient.connect(server.url);
    expect(welcome.configuration.limits.contacts).toBe(2);

    client.send({ type: 'contacts', userIds: [1, 2, 3].map(() => newIdentity().userId) });

    expect((await client.closed).goodbye).toBe('too-many');
  });

  test('as many contacts as clients are told fit in one frame', async () => {
    const server = await testServer();
    const { client, welcome } = await TestClient.connect(server.url);
    const { userId } = newIdentity();
    const { contacts: most } = welcome.configuration.limits;

    await client.nameContacts(...Array.from({ length: most }, () => userId));

    await server.connections(1);
  });
});
