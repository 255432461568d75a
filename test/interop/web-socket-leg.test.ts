/** A call over the relay by WebSocket whose connection breaks, or hangs as one does whose address is gone: real engines, server and media. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TcpRoad } from '../support/tcp-road.ts';
import { befriend, TestWorld, until } from '../support/users.ts';
import { WeriftMediaEnd } from '../support/werift-media-end.ts';

/** A loaded machine may be late; how long a listener waits is measured in the laboratory. */
const BACK_LIMIT_MS = 5_000;

let world: TestWorld;
let road: TcpRoad;
beforeEach(async () => {
  world = await new TestWorld().open({ relay: 'wss' });
  road = await TcpRoad.to(Number(new URL(world.url).port));
});
afterEach(async () => {
  await world.close();
  await road.close();
});

it.each([
  ['ends', () => road.cut()],
  ['hangs', () => road.freeze()],
])('goes on over another connection where its own %s', async (_how, happen) => {
  const ada = await world.user('Ada', { serverUrl: `ws://127.0.0.1:${road.port}` });
  const ben = await world.user('Ben');
  await until(() => ada.engine.app.state().server.state === 'connected');
  await befriend(ada, ben);
  await ben.engine.app.updateSettings({ hideAddress: true });
  const ends = [new WeriftMediaEnd(ada), new WeriftMediaEnd(ben)] as const;
  const callId = ada.engine.calls.place(ben.id, 'audio');
  await until(() => ends.every(({ connection }) => connection?.connectionState === 'connected'), 15_000);
  ben.engine.calls.answer(callId, 'audio');
  await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
  const timers = ends.map((end) => end.talk());
  // Datagrams have come steadily for a second: then their absence is news.
  await until(() => ends.every(({ received }) => received.length > 100));
  expect(ada.call()?.path.active?.kind).toBe('relay');

  happen();
  const before = ends.map(({ received }) => received.length);
  await until(
    () => ends.every(({ received }, index) => received.length > (before[index] ?? 0) + 50),
    BACK_LIMIT_MS,
  );

  expect([ada.call()?.phase, ben.call()?.phase]).toEqual(['active', 'active']);
  for (const timer of timers) clearInterval(timer);
  await Promise.all(ends.map(({ connection }) => connection?.close()));
});
