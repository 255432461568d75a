import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingOutside } from '../../../test/support/counting-outside.ts';
import { befriend, silentLogger, TestWorld, until } from '../../../test/support/users.ts';
import { startServer } from '../../server/index.ts';
import { TestClient } from '../../server/testing/client.ts';
import { startEmbeddedServer } from '../embedded-server.ts';
import { createEngine } from './index.ts';

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

describe('an engine whose server changes', () => {
  it('ends with one connection to the last when two changes come at once', async () => {
    const other = await new TestWorld().open();
    const alice = await world.user('Alice', { serverUrl: undefined, startEmbeddedServer: embedded });
    await Promise.all([
      alice.engine.app.updateSettings({ serverUrl: world.url }),
      alice.engine.app.updateSettings({ serverUrl: other.url }),
      alice.engine.app.updateSettings({ serverUrl: world.url }),
    ]);
    const states: string[] = [];
    alice.engine.app.on('changed', () => states.push(alice.engine.app.state().server.state));
    await until(() => alice.engine.app.state().server.state === 'connected');
    // A second connection of the same machine would throw the first one out.
    const bob = await world.user('Bob');
    await befriend(alice, bob);
    expect(alice.engine.app.state().server).toMatchObject({ url: world.url, state: 'connected' });
    expect(states).not.toContain('refused');
    await other.close();
  });

  it('frees an embedded server that was only just ready when the app closed', async () => {
    let ready = () => {};
    let asked = false;
    let closed = 0;
    const starting = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const counting = new CountingOutside();
    const directory = await mkdtemp(join(tmpdir(), 'byway-test-'));
    const engine = createEngine({
      dataDirectory: directory,
      host: 'headless',
      version: '0.0.0-test',
      logger: silentLogger,
      outside: counting.outside,
      startEmbeddedServer: async () => {
        asked = true;
        await starting;
        return {
          url: world.url,
          own: true,
          close: async () => {
            closed += 1;
          },
        };
      },
    });
    const started = engine.start();
    await until(() => asked);
    await engine.stop();
    ready();
    await started;
    expect(closed).toBe(1);
    expect(counting.sockets).toBe(0);
    expect([...counting.timers]).toEqual([]);
    await rm(directory, { recursive: true });
  });

  it('can be told to try an embedded server again that could not start, and takes its notice back', async () => {
    let broken = true;
    const alice = await world.user('Alice', {
      serverUrl: undefined,
      startEmbeddedServer: async () => {
        if (broken) throw new Error('no port');
        return embedded();
      },
    });
    const state = () => alice.engine.app.state();
    expect(state().server).toMatchObject({ embedded: true, state: 'stopped' });
    expect(state().notices).toContainEqual({ code: 'embedded-server-failed' });
    broken = false;
    alice.engine.app.reconnect();
    await until(() => state().server.state === 'connected');
    expect(state().notices.map(({ code }) => code)).not.toContain('embedded-server-failed');
  });

  it('leaves no timer and no socket behind when it stops', async () => {
    const counting = new CountingOutside();
    const alice = await world.user('Alice', { outside: counting.outside });
    await Promise.all([alice.engine.stop(), alice.engine.stop()]);
    expect([...counting.timers]).toEqual([]);
    expect(counting.sockets).toBe(0);
  });
});

describe('several apps on one machine with an embedded server', () => {
  it("use the first one's, and when it closes one of the others serves the rest at the same place", async () => {
    const probe = await startServer({ host: '127.0.0.1', port: 0, logger: silentLogger });
    const { port } = probe;
    await probe.close();
    const options = {
      serverUrl: undefined,
      startEmbeddedServer: () => startEmbeddedServer({ logger: silentLogger, port }),
    };
    const [first, alice, bob] = [
      await world.user('First', options),
      await world.user('Alice', options),
      await world.user('Bob', options),
    ];
    await befriend(alice, bob);
    await first.engine.stop();
    await until(() => [alice, bob].some(({ engine }) => engine.app.state().server.state !== 'connected'));
    await until(
      () => [alice, bob].every(({ engine }) => engine.app.state().server.state === 'connected'),
      15_000,
    );
    await until(() => alice.engine.people.isOnline(bob.id) && bob.engine.people.isOnline(alice.id), 15_000);
    for (const { engine } of [alice, bob]) {
      expect(engine.app.state().server.url).toBe(`ws://127.0.0.1:${port}`);
    }
    const callId = alice.engine.calls.place(bob.id, 'audio');
    await until(() => bob.call()?.id === callId);
  }, 30_000);
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
