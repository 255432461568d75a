import { afterEach, describe, expect, test } from 'vitest';
import { befriend, type TestUser, TestWorld, until } from '../../../../test/support/users.ts';
import { REVIEW_MS, STANDBY_DELAY_MS } from './constants.ts';

let world: TestWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function twoFriends(options: Parameters<TestWorld['open']>[0] = {}) {
  world = await new TestWorld().open(options);
  const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
  await befriend(ada, ben);
  return { world, ada, ben };
}

async function talk(ada: TestUser, ben: TestUser): Promise<void> {
  ada.engine.calls.place(ben.id, 'audio');
  await until(() => ben.call()?.phase === 'incoming');
  ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');
  await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
}

const activeKind = (user: TestUser) => user.call()?.path.active?.kind;

/** The kinds of path that answered, or were tried and are still. */
const kinds = (user: TestUser) =>
  (user.call()?.path.attempts ?? []).filter(({ outcome }) => outcome === 'succeeded').map(({ kind }) => kind);

async function relayBridges(world: TestWorld): Promise<number> {
  const metrics = await (await fetch(`${world.url.replace('ws:', 'http:')}/metrics`)).text();
  return Number(/^byway_relay_bridges (\d+)$/m.exec(metrics)?.[1]);
}

describe('a call', () => {
  test('that can go straight troubles no relay', async () => {
    const { world, ada, ben } = await twoFriends();

    await talk(ada, ben);

    expect([activeKind(ada), activeKind(ben)]).toEqual(['direct', 'direct']);
    expect(await relayBridges(world)).toBe(0);
  });

  test.each(['udp', 'wss'] as const)('of somebody who hides goes over the relay (%s)', async (relay) => {
    const { world, ada, ben } = await twoFriends({ relay });
    await ben.engine.app.updateSettings({ hideAddress: true });

    await talk(ada, ben);

    expect([activeKind(ada), activeKind(ben)]).toEqual(['relay', 'relay']);
    expect(await relayBridges(world)).toBe(1);
    // Nothing but the relay was ever tried, and it is the only address that either of them saw.
    for (const user of [ada, ben]) {
      expect(user.call()?.path.attempts.map(({ kind }) => kind)).toEqual(['relay']);
    }
    ada.engine.calls.hangUp(ada.call()?.id ?? '');
    await until(() => ben.call()?.end === 'hung-up-there');
    await expect.poll(() => relayBridges(world), { timeout: 10_000 }).toBe(0);
  });

  test('of somebody who hides ends with a reason where there is no relay', async () => {
    const { ada, ben } = await twoFriends({ relay: 'none' });
    await ada.engine.app.updateSettings({ hideAddress: true });
    ada.engine.calls.place(ben.id, 'audio');
    await until(() => ben.call()?.phase === 'incoming');
    ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');

    await until(() => ada.call()?.phase === 'ended' && ben.call()?.phase === 'ended', 15_000);

    expect([ada.call()?.end, ben.call()?.end]).toEqual(['no-path', 'no-path']);
  });
});

describe('a call that has been carried for a while', () => {
  test('keeps a relay joined beside its direct path, idle, and gives it up with the call', async () => {
    const { world, ada, ben } = await twoFriends({ relay: 'udp' });
    await talk(ada, ben);
    await until(() => kinds(ada).includes('relay') && kinds(ben).includes('relay'), 15_000);
    expect([activeKind(ada), activeKind(ben)]).toEqual(['direct', 'direct']);
    expect(await relayBridges(world)).toBe(1);
    const before = ada.call()?.path.carried.relay;
    expect(before?.packetsSent).toBe(0);

    ada.engine.calls.hangUp(ada.call()?.id ?? '');
    await until(() => ben.call()?.end === 'hung-up-there');
    await expect.poll(() => relayBridges(world), { timeout: 10_000 }).toBe(0);
  });

  test('troubles no carrier while it rings', async () => {
    const { world, ada, ben } = await twoFriends({ relay: 'udp' });
    ada.engine.calls.place(ben.id, 'audio');
    await until(() => ada.call()?.path.state === 'open');
    const openedAt = Date.now();
    await until(() => Date.now() - openedAt > STANDBY_DELAY_MS + 3 * REVIEW_MS, 15_000);
    expect(await relayBridges(world)).toBe(0);
  });

  test('survives that the server goes away', async () => {
    const { world, ada, ben } = await twoFriends({ relay: 'udp' });
    await talk(ada, ben);
    await until(() => kinds(ada).includes('relay'), 15_000);
    await world.stopServer();
    await until(() => ada.engine.app.state().server.state !== 'connected');
    expect([ada.call()?.phase, ben.call()?.phase]).toEqual(['active', 'active']);
    expect([activeKind(ada), activeKind(ben)]).toEqual(['direct', 'direct']);
    await world.open({ relay: 'udp' });
    await until(() => ada.engine.app.state().server.state === 'connected', 20_000);
    expect([ada.call()?.phase, ben.call()?.phase]).toEqual(['active', 'active']);
  });
});
