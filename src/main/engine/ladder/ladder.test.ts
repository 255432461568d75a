import { afterEach, describe, expect, test } from 'vitest';
import { befriend, type TestUser, TestWorld, until } from '../../../../test/support/users.ts';

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
