/**
 * The tunnel carries a WebRTC stack that nobody here wrote: werift's peers connect by DTLS-SRTP through two engines, and
 * what one writes as RTP the other one reads.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CountingOutside } from '../support/counting-outside.ts';
import { befriend, TestWorld, until } from '../support/users.ts';
import { WeriftMediaEnd } from '../support/werift-media-end.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await new TestWorld().open();
});
afterEach(() => world.close());

it('connects DTLS-SRTP end to end through two engines and carries RTP both ways', async () => {
  const alice = await world.user('Alice');
  const bob = await world.user('Bob');
  await befriend(alice, bob);
  const ends = [new WeriftMediaEnd(alice), new WeriftMediaEnd(bob)] as const;

  const callId = alice.engine.calls.place(bob.id, 'audio');
  await until(() => bob.call()?.phase === 'incoming' && bob.call()?.endpoint?.id !== undefined);
  // While it rings the media ends connect already.
  await until(() => ends.every(({ connection }) => connection?.connectionState === 'connected'), 15_000);
  bob.engine.calls.answer(callId, 'audio');
  await until(() => alice.call()?.phase === 'active' && bob.call()?.phase === 'active');
  const timers = ends.map((end) => end.talk());

  await until(() => ends.every(({ received }) => received.length > 50), 15_000);

  for (const timer of timers) clearInterval(timer);
  for (const { received } of ends) expect(received.at(-1)?.payload).toHaveLength(80);
  for (const user of [alice, bob]) {
    const carried = user.call()?.path.carried;
    expect(carried?.direct.packetsReceived).toBeGreaterThan(50);
    expect(carried?.relay.packetsReceived).toBe(0);
  }
  await Promise.all(ends.map(({ connection }) => connection?.close()));
});

it('shakes hands by the server while no datagram passes, and carries RTP the moment one does', async () => {
  const outsides = [new CountingOutside(), new CountingOutside()] as const;
  const [alice, bob] = await Promise.all([
    world.user('Alice', { outside: outsides[0].outside }),
    world.user('Bob', { outside: outsides[1].outside }),
  ]);
  await befriend(alice, bob);
  for (const outside of outsides) outside.cut = true;
  const ends = [new WeriftMediaEnd(alice), new WeriftMediaEnd(bob)] as const;

  const callId = alice.engine.calls.place(bob.id, 'audio');
  await until(() => ends.every(({ connection }) => connection?.connectionState === 'connected'), 15_000);
  for (const user of [alice, bob]) {
    const path = user.call()?.path;
    expect(path?.state).toBe('searching');
    for (const counters of Object.values(path?.carried ?? {})) expect(counters.packetsReceived).toBe(0);
  }

  for (const outside of outsides) outside.cut = false;
  bob.engine.calls.answer(callId, 'audio');
  const timers = ends.map((end) => end.talk());
  await until(() => ends.every(({ received }) => received.length > 20), 15_000);
  for (const timer of timers) clearInterval(timer);
  await Promise.all(ends.map(({ connection }) => connection?.close()));
});
