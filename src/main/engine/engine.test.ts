import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { befriend, silentLogger, TestWorld, until } from '../../../test/support/users.ts';
import { startServer } from '../../server/index.ts';
import { TestClient } from '../../server/testing/client.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await new TestWorld().open();
});
afterEach(() => world.close());

describe('an engine without its server', () => {
  it('starts, says that the server is away and when it tries again, and connects as soon as it is there', async () => {
    await world.stopServer();
    const alice = await world.user('Alice', { serverUrl: world.url });
    await until(() => alice.engine.app.state().server.state === 'waiting');
    expect(alice.engine.app.state().server).toMatchObject({ reason: 'unreachable' });
    expect(alice.engine.app.state().server.retryAt).toBeGreaterThan(Date.now() - 1_000);
    await world.open();
    alice.engine.app.reconnect();
    await until(() => alice.engine.app.state().server.state === 'connected');
  });

  it('keeps showing people for a moment, and believes the server again as soon as it is back', async () => {
    const [alice, bob] = [await world.user('Alice'), await world.user('Bob')];
    await befriend(alice, bob);
    await world.stopServer();
    await until(() => [alice, bob].every(({ engine }) => engine.app.state().server.state !== 'connected'));
    // Nobody flickers for a short loss.
    expect(alice.engine.people.isOnline(bob.id)).toBe(true);
    await bob.engine.stop();
    await world.open();
    alice.engine.app.reconnect();
    await until(() => !alice.engine.people.isOnline(bob.id));
  });

  it('finds the people again after the server was restarted', async () => {
    const [alice, bob] = [await world.user('Alice'), await world.user('Bob')];
    await befriend(alice, bob);
    await world.stopServer();
    await world.open();
    for (const { engine } of [alice, bob]) engine.app.reconnect();
    await until(() => alice.engine.people.isOnline(bob.id) && bob.engine.people.isOnline(alice.id));
  });

  it('moves to another server when the setting changes', async () => {
    const alice = await world.user('Alice', { serverUrl: undefined, startEmbeddedServer: embedded });
    await until(() => alice.engine.app.state().server.state === 'connected');
    expect(alice.engine.app.state().server.embedded).toBe(true);
    await alice.engine.app.updateSettings({ serverUrl: world.url });
    await until(() => alice.engine.app.state().server.url === world.url.replace(/\/$/, ''));
    await until(() => alice.engine.app.state().server.state === 'connected');
    expect(alice.engine.app.state().server.embedded).toBe(false);
  });
});

describe('signals that nobody should believe', () => {
  it('come to nothing when they are forged, and harm no later one', async () => {
    const [alice, bob] = [await world.user('Alice'), await world.user('Bob')];
    await befriend(alice, bob);
    const { client: mallory } = await TestClient.connect(world.url);
    for (let count = 0; count < 20; count += 1) {
      const sealed = randomBytes(600).toString('base64url');
      await mallory.post(mallory.envelope(bob.id, { sealed, sentAt: Date.now() }));
    }
    const callId = alice.engine.calls.place(bob.id, 'audio');
    await until(() => bob.call()?.id === callId);
    expect(bob.engine.people.snapshot().requests).toEqual([]);
    expect(bob.engine.calls.records()).toEqual([]);
    await mallory.leave();
  });

  it('count once although they come by the server and by the path', async () => {
    const [alice, bob] = [await world.user('Alice'), await world.user('Bob')];
    await befriend(alice, bob);
    let rang = 0;
    bob.engine.calls.on('ringing', () => {
      rang += 1;
    });
    const callId = alice.engine.calls.place(bob.id, 'audio');
    await until(() => alice.call()?.path.state === 'open' && bob.call()?.path.state === 'open');
    bob.engine.calls.answer(callId, 'audio');
    await until(() => alice.call()?.phase === 'active');
    expect(alice.call()?.timeline.filter(({ type }) => type === 'answered')).toHaveLength(1);
    expect(rang).toBe(1);
  });
});

async function embedded() {
  const server = await startServer({ host: '127.0.0.1', port: 0, logger: silentLogger });
  return { url: server.url, own: true, close: () => server.close() };
}
