/** Calls of real engines through coturn, where nothing else is left: both hide their address, and the server runs no relay. */
import { afterEach, describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { needProgram } from '../support/needs.ts';
import { startTurnServer, type TurnServerProcess } from '../support/turn-server.ts';
import { befriend, type TestUser, TestWorld, until } from '../support/users.ts';

let world: TestWorld | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function startCoturn(context: TestContext): Promise<TurnServerProcess> {
  const server = await startTurnServer({
    turnserver: await needProgram(context, 'turnserver', 'coturn'),
    openssl: await needProgram(context, 'openssl', 'openssl'),
  });
  onTestFinished(() => server.stop());
  return server;
}

async function friends(turn: { uris: string[]; secret: string }, relay: 'none' | 'udp' = 'none') {
  world = await new TestWorld().open({ relay, turn });
  const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
  await befriend(ada, ben);
  return { ada, ben };
}

async function talk(ada: TestUser, ben: TestUser): Promise<void> {
  ada.engine.calls.place(ben.id, 'audio');
  await until(() => ben.call()?.phase === 'incoming');
  ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');
  await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
}

const active = (user: TestUser) => user.call()?.path.active;

describe('a call that nothing else carries', { timeout: 40_000 }, () => {
  it.for(['udp', 'tcp'] as const)('goes through a TURN server over %s', async (transport, context) => {
    const { port, secret } = await startCoturn(context);
    const { ada, ben } = await friends({ uris: [`turn:127.0.0.1:${port}?transport=${transport}`], secret });
    await ben.engine.app.updateSettings({ hideAddress: true });

    await talk(ada, ben);

    for (const user of [ada, ben]) {
      expect(active(user)).toMatchObject({ kind: 'relay', isTurn: true });
      expect(user.call()?.path.attempts.map(({ isTurn }) => isTurn)).toEqual([true]);
    }
    // What the other side is seen at is an address of the TURN server, never its own.
    expect(active(ada)?.remote.type).toBe('relay');
    ada.engine.calls.hangUp(ada.call()?.id ?? '');
    await until(() => ben.call()?.end === 'hung-up-there');
  });

  it('takes the next TURN server where one is silent', async (context) => {
    const { port, secret } = await startCoturn(context);
    const uris = ['turn:127.0.0.1:9?transport=udp', `turn:127.0.0.1:${port}?transport=udp`];
    const { ada, ben } = await friends({ uris, secret });
    await ada.engine.app.updateSettings({ hideAddress: true });

    await talk(ada, ben);

    expect([active(ada)?.kind, active(ben)?.kind]).toEqual(['relay', 'relay']);
  });

  it('ends with a reason where the TURN server does not know our secret', async (context) => {
    const { port } = await startCoturn(context);
    const { ada, ben } = await friends({ uris: [`turn:127.0.0.1:${port}`], secret: 'another one' });
    await ada.engine.app.updateSettings({ hideAddress: true });
    ada.engine.calls.place(ben.id, 'audio');
    await until(() => ben.call()?.phase === 'incoming');
    ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');

    await until(() => ada.call()?.phase === 'ended' && ben.call()?.phase === 'ended', 30_000);

    expect([ada.call()?.end, ben.call()?.end]).toEqual(['no-path', 'no-path']);
  });
});

describe('a call that something else carries', () => {
  it('troubles no TURN server', async (context) => {
    const { port, secret } = await startCoturn(context);
    const { ada, ben } = await friends({ uris: [`turn:127.0.0.1:${port}`], secret }, 'udp');
    await ben.engine.app.updateSettings({ hideAddress: true });

    await talk(ada, ben);

    for (const user of [ada, ben]) {
      expect(active(user)?.kind).toBe('relay');
      expect(active(user)?.isTurn).toBeUndefined();
    }
  });
});
