/** Calls through somebody's machine: three engines on real sockets, and a real server. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { CountingOutside } from '../../../../test/support/counting-outside.ts';
import { befriend, lending, type TestUser, TestWorld, until } from '../../../../test/support/users.ts';
import { decodeStun } from '../stun/message.ts';
import { LEAVE_LIMIT_MS, TICKET_BYTES, TICKET_VERSION } from './constants.ts';
import { nonceOf, writeJoin } from './join.ts';
import { writeProbe } from './probe.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await new TestWorld().open();
});
afterEach(() => world.close());

async function volunteer(name = 'Vera'): Promise<TestUser> {
  const vera = await world.user(name);
  await vera.engine.app.updateSettings({ volunteer: lending() });
  await until(() => state(vera) === 'offered');
  return vera;
}

/**
 * The first hides their address, so nothing straight is tried. Were it the second, no node that the first has found would be followed.
 */
async function hidingFriends(): Promise<[TestUser, TestUser]> {
  const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
  await befriend(ada, ben);
  await ada.engine.app.updateSettings({ hideAddress: true });
  return [ada, ben];
}

async function talk(ada: TestUser, ben: TestUser): Promise<void> {
  ada.engine.calls.place(ben.id, 'audio');
  await until(() => ben.call()?.phase === 'incoming');
  ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');
  await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
}

/** A stranger's socket, what it sent and what came back. */
async function stranger(port: number) {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const counts = { sent: 0, received: 0, answers: [] as Buffer[] };
  socket.on('message', (datagram) => {
    counts.received += datagram.length;
    counts.answers.push(datagram);
  });
  return {
    counts,
    async send(datagram: Buffer) {
      counts.sent += datagram.length;
      await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
    },
  };
}

/** A JOIN with everything in its place and nothing that is true. */
function forged(nonce?: Buffer): Buffer {
  const ticket = randomBytes(TICKET_BYTES);
  ticket[0] = TICKET_VERSION;
  const proof = nonce && {
    side: 'A' as const,
    nonce,
    signature: randomBytes(64),
    channel: 0x4001,
    leaves: false,
  };
  return writeJoin(randomBytes(12), { ticket, proof });
}

function fail(): never {
  throw new Error('the answer is not what was awaited');
}

const state = (user: TestUser) => user.engine.volunteer.state().state;
const bridges = (user: TestUser) => user.engine.volunteer.state().bridges.length;
const kinds = (users: readonly TestUser[]) => users.map((user) => user.call()?.path.active?.kind);

async function serverCounts(name: string): Promise<number> {
  const metrics = await (await fetch(`${world.url.replace('ws:', 'http:')}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
}

describe('a call that cannot go straight', () => {
  test('goes through a machine whose user lends it, and not over the relay', async () => {
    const vera = await volunteer();
    const [ada, ben] = await hidingFriends();

    await talk(ada, ben);

    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
    expect(bridges(vera)).toBe(1);
    expect(await serverCounts('byway_relay_bridges')).toBe(0);
    expect(vera.engine.volunteer.state()).toMatchObject({ peopleHelped: 2, refused: 0 });
    expect(vera.engine.volunteer.state().bytesForwarded).toBeGreaterThan(0);
    ada.engine.calls.hangUp(ada.call()?.id ?? '');
    await until(() => bridges(vera) === 0);
  });

  test.each([
    ['in a thread of its own', true],
    ['in the engine’s own where there is no other', false],
  ])('is forwarded %s', async (_, forwards) => {
    const counting = new CountingOutside();
    counting.forwards = forwards;
    const vera = await world.user('Vera', { volunteer: { enabled: true }, outside: counting.outside });
    await until(() => state(vera) === 'offered' && counting.forwarders === (forwards ? 1 : 0));
    const [ada, ben] = await hidingFriends();

    await talk(ada, ben);
    const { bytesForwarded } = vera.engine.volunteer.state();
    await until(() => vera.engine.volunteer.state().bytesForwarded > bytesForwarded);

    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
    await vera.engine.stop();
    expect([counting.forwarders, counting.sockets]).toEqual([0, 0]);
    expect(counting.timers.size).toBe(0);
    await until(() => kinds([ada, ben]).every((kind) => kind === 'relay'));
  });

  test('does not go through the machine of somebody who was not asked, or has said no', async () => {
    const vera = await volunteer();
    await world.user('Nora');
    await vera.engine.app.updateSettings({ volunteer: lending({ enabled: false }) });
    await until(() => state(vera) === 'off');
    const [ada, ben] = await hidingFriends();

    await talk(ada, ben);

    expect(kinds([ada, ben])).toEqual(['relay', 'relay']);
    expect(vera.engine.volunteer.state()).toMatchObject({ state: 'off', peopleHelped: 0, bridges: [] });
  });

  test('never goes through a machine of its own two users', async () => {
    const [ada, ben] = await hidingFriends();
    for (const user of [ada, ben]) {
      await user.engine.app.updateSettings({ volunteer: lending() });
      await until(() => state(user) === 'offered');
    }

    await talk(ada, ben);

    expect(kinds([ada, ben])).toEqual(['relay', 'relay']);
    expect([bridges(ada), bridges(ben)]).toEqual([0, 0]);
  });

  test('goes over the relay where both hide their address: each would follow no node that the other chose', async () => {
    const vera = await volunteer();
    const [ada, ben] = await hidingFriends();
    await ben.engine.app.updateSettings({ hideAddress: true });

    await talk(ada, ben);

    expect(kinds([ada, ben])).toEqual(['relay', 'relay']);
    expect(bridges(vera)).toBe(0);
  });

  test('goes over the relay where the node has no room left, and both go on', async () => {
    const vera = await volunteer();
    await vera.engine.app.updateSettings({ volunteer: lending({ bridges: 1 }) });
    const [ada, ben] = await hidingFriends();
    const [carl, dora] = await hidingFriends();
    await talk(ada, ben);

    await talk(carl, dora);

    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
    expect(kinds([carl, dora])).toEqual(['relay', 'relay']);
    expect(bridges(vera)).toBe(1);
  });
});

describe('a stranger at a node', () => {
  test('gets less than it sends, whatever it sends, and disturbs nobody', async () => {
    const vera = await volunteer();
    const [ada, ben] = await hidingFriends();
    await talk(ada, ben);
    const port = vera.engine.network.state().sockets.find(({ family }) => family === 'IPv4')?.port ?? 0;
    const mallory = await stranger(port);

    for (let round = 0; round < 200; round++) {
      await mallory.send(randomBytes(1 + ((round * 3) % 300)));
      await mallory.send(forged());
      await mallory.send(forged(randomBytes(12)));
      const frame = randomBytes(60);
      frame.writeUInt16BE(0x4000 + ((round * 9) & 0xfff), 0);
      frame.writeUInt16BE(56, 2);
      await mallory.send(frame);
      await mallory.send(writeProbe(randomBytes(12), randomBytes(32)));
      // Two cookies, and nothing for the rest. So that the system's own buffer drops none of it.
      await until(() => mallory.counts.answers.length === 2 * (round + 1));
    }
    // One that it proves its address to is told once more that the ticket is none.
    const nonce = nonceOf(decodeStun(mallory.counts.answers[0] ?? Buffer.alloc(0)) ?? fail()) ?? fail();
    await mallory.send(forged(nonce));
    await until(() => vera.engine.volunteer.state().refused === 1);

    expect(mallory.counts.received).toBeLessThan(mallory.counts.sent);
    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
    expect(bridges(vera)).toBe(1);
  });

  test('gets nothing at all from somebody who does not volunteer', async () => {
    const nora = await world.user('Nora');
    const port = nora.engine.network.state().sockets.find(({ family }) => family === 'IPv4')?.port ?? 0;
    const mallory = await stranger(port);
    const vera = await volunteer();
    const toVera = vera.engine.network.state().sockets.find(({ family }) => family === 'IPv4')?.port ?? 0;
    const witness = await stranger(toVera);

    for (let round = 0; round < 20; round++) await mallory.send(forged());
    await witness.send(forged());
    await until(() => witness.counts.answers.length === 1);

    expect(mallory.counts.received).toBe(0);
  });
});

describe('a node that goes', () => {
  test.each([
    [
      'is switched off',
      (vera: TestUser) => vera.engine.app.updateSettings({ volunteer: lending({ enabled: false }) }),
    ],
    ['whose app closes', (vera: TestUser) => vera.engine.stop()],
  ])('%s says goodbye, and its guests move before it is gone', async (_, go) => {
    const vera = await volunteer();
    const [ada, ben] = await hidingFriends();
    await talk(ada, ben);
    const startedMs = performance.now();

    await go(vera);
    await until(() => state(vera) === 'off');

    // Its guests have moved while it still forwarded, so nobody waited for the silence.
    await until(() => kinds([ada, ben]).every((kind) => kind === 'relay'));
    expect(bridges(vera)).toBe(0);
    expect(await serverCounts('byway_nodes')).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(LEAVE_LIMIT_MS);
    for (const user of [ada, ben]) {
      expect(user.call()?.timeline.map(({ type }) => type)).not.toContain('path-silent');
    }
  });

  test('without a word is left once its silence is noticed', async () => {
    const counting = new CountingOutside();
    // What it forwards goes through the socket that is cut.
    counting.forwards = false;
    const vera = await world.user('Vera', { volunteer: { enabled: true }, outside: counting.outside });
    await until(() => state(vera) === 'offered');
    const [ada, ben] = await hidingFriends();
    await talk(ada, ben);
    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);

    counting.cut = true;

    await until(() => kinds([ada, ben]).every((kind) => kind === 'relay'), 15_000);
    expect([ada, ben].map((user) => user.call()?.phase)).toEqual(['active', 'active']);
  });

  test('is told to the server again after the server has forgotten it', async () => {
    const vera = await volunteer();
    await world.stopServer();
    await until(() => state(vera) === 'no-server');
    await world.open();
    vera.engine.app.reconnect();

    await until(() => state(vera) === 'offered', 15_000);
    const [ada, ben] = await hidingFriends();
    await talk(ada, ben);

    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
  }, 30_000);

  test('comes with a flag, until the user chooses', async () => {
    const vera = await world.user('Vera', { volunteer: { enabled: true } });
    await until(() => state(vera) === 'offered', 15_000);
    expect(vera.engine.app.state().settings.volunteer.enabled).toBe(true);

    await vera.engine.app.updateSettings({ volunteer: lending({ enabled: false }) });

    await until(() => state(vera) === 'off');
  });
});
