/**
 * What guests of a node hear when one of its rules stops it: four engines, a real server, and two WebRTC stacks that talk through it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SettableMachine } from '../../src/main/engine/volunteering/testing/machine.ts';
import { befriend, lending, type TestUser, TestWorld, until } from '../support/users.ts';
import { WeriftMediaEnd } from '../support/werift-media-end.ts';

/** Packets come every 20 ms: with one missing the pause is 40 ms long. */
const MISSING_LIMIT = 1;
/** Between two packets, ms; how long this thread was held up by whatever else comes on top, for who sends and for who receives. */
const PAUSE_LIMIT_MS = 60;

let world: TestWorld;
beforeEach(async () => {
  world = await new TestWorld().open();
});
afterEach(() => world.close());

const kinds = (users: readonly TestUser[]) => users.map((user) => user.call()?.path.active?.kind);

/** What came from the `first` packet on: most that were missing in a row, and the longest pause. */
function heardSince({ received, arrivedAtMs }: WeriftMediaEnd, first: number) {
  const numbers = received.slice(first).map(({ header }) => header.sequenceNumber);
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const steps = (list: readonly number[]) => list.slice(1).map((each, index) => each - (list[index] ?? each));
  return {
    missing: Math.max(0, ...steps(sorted)) - 1,
    pauseMs: Math.round(Math.max(0, ...steps(arrivedAtMs.slice(first)))),
  };
}

describe('guests of a node', () => {
  it.each<[string, (vera: TestUser, machine: SettableMachine) => void]>([
    ['is paused', ({ engine }) => engine.volunteer.pause(60)],
    ['comes into a network that is paid for', (_, machine) => machine.set({ metered: true })],
  ])(
    'that %s hear each other all the while',
    async (_what, stop) => {
      const machine = new SettableMachine();
      const vera = await world.user('Vera', { machine });
      await vera.engine.app.updateSettings({ volunteer: lending() });
      await until(() => vera.engine.volunteer.state().state === 'offered');
      const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
      await befriend(ada, ben);
      await ada.engine.app.updateSettings({ hideAddress: true });
      const ends = [new WeriftMediaEnd(ada), new WeriftMediaEnd(ben)] as const;
      const callId = ada.engine.calls.place(ben.id, 'audio');
      await until(() => ends.every(({ connection }) => connection?.connectionState === 'connected'), 15_000);
      ben.engine.calls.answer(callId, 'audio');
      await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
      const timers = ends.map((end) => end.talk());
      await until(() => ends.every(({ received }) => received.length > 100));
      expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
      const before = ends.map(({ received }) => received.length - 1);
      const heldUp = monitorEventLoopDelay({ resolution: 5 });
      heldUp.enable();

      stop(vera, machine);
      await until(() => vera.engine.volunteer.state().state === 'resting');
      await until(() => ends.every(({ received }, index) => received.length > (before[index] ?? 0) + 150));
      for (const timer of timers) clearInterval(timer);
      heldUp.disable();
      const heldUpMs = heldUp.max / 1e6;

      expect(kinds([ada, ben])).toEqual(['relay', 'relay']);
      for (const [index, end] of ends.entries()) {
        const { missing, pauseMs } = heardSince(end, before[index] ?? 0);
        expect(missing).toBeLessThanOrEqual(MISSING_LIMIT);
        expect(pauseMs).toBeLessThan(PAUSE_LIMIT_MS + 2 * heldUpMs);
      }
      ada.engine.calls.hangUp(callId);
      for (const { connection } of ends) await connection?.close();
    },
    60_000,
  );
});
