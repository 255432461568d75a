import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../engine/outside/testing/simulated-clock.ts';
import type { MachineFacts } from '../engine/volunteering/machine.ts';
import { MISSES_KEPT, READ_UNSETTLED_MS, UNSETTLED_MS } from './constants.ts';
import { SystemMachine } from './system-machine.ts';

const EVERY_MS = 15_000;

/** A system whose answers the test sets; `undefined` is no answer. */
function system() {
  const clock = new SimulatedClock();
  const world = {
    facts: { metered: false, onBattery: false } as MachineFacts | undefined,
    fingerprint: 'eth0 192.0.2.1',
    reads: 0,
    aborted: 0,
    hold: undefined as Promise<void> | undefined,
    changes: 0,
  };
  const machine = new SystemMachine({
    clock,
    everyMs: EVERY_MS,
    interfaces: () => ({ names: ['eth0'], fingerprint: world.fingerprint }),
    sources: [
      async (_, signal) => {
        world.reads++;
        signal.addEventListener('abort', () => world.aborted++);
        await world.hold;
        return world.facts;
      },
      async () => {
        throw new Error('a source with a mistake');
      },
      async () => ({ networks: [{ interfaceName: 'eth0' }] }),
    ],
  });
  const listen = () => machine.onChange(() => world.changes++);
  /** As the rules do: asks every so often for a while. */
  const askFor = async (durationMs: number, everyMs = 5_000) => {
    for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += everyMs) {
      machine.facts();
      await clock.run(everyMs);
    }
  };
  return { clock, world, machine, listen, askFor };
}

describe('the facts of a machine', () => {
  it('are there soon after the first question, and that is told', async () => {
    const { clock, world, machine, listen } = system();
    listen();
    expect(machine.facts()).toEqual({});
    await clock.run(0);
    expect(world.changes).toBe(1);
    expect(machine.facts()).toEqual({
      metered: false,
      onBattery: false,
      networks: [{ interfaceName: 'eth0' }],
    });
  });

  it('are read as often as they grow old, however often they are asked for', async () => {
    const { world, listen, askFor } = system();
    listen();
    await askFor(60_000, 500);
    expect(world.reads).toBe(4);
    expect(world.changes).toBe(1);
  });

  it('are not read while nobody asks, while nobody listens, or after that', async () => {
    const { clock, world, machine, listen, askFor } = system();
    await askFor(60_000);
    expect(world.reads).toBe(0);
    const stop = listen();
    await clock.run(60_000);
    expect(world.reads).toBe(0);
    await askFor(20_000);
    expect(world.reads).toBe(2);
    stop();
    stop();
    await askFor(60_000);
    expect(world.reads).toBe(2);
    expect(clock.pendingTimers).toBe(0);
    listen();
    machine.facts();
    expect(world.reads).toBe(3);
  });

  it('are told to all who listen when they change', async () => {
    const { world, machine, listen, askFor } = system();
    listen();
    listen();
    await askFor(20_000);
    expect(world.changes).toBe(2);
    world.facts = { metered: true, onBattery: false };
    await askFor(20_000);
    expect(world.changes).toBe(4);
    expect(machine.facts().metered).toBe(true);
  });

  it('are read at once in another network, and again until it has settled', async () => {
    const { clock, world, machine, listen, askFor } = system();
    listen();
    await askFor(5_000);
    world.fingerprint = 'wlan0 198.51.100.7';
    machine.facts();
    expect(world.reads).toBe(2);
    await clock.run(READ_UNSETTLED_MS);
    await askFor(UNSETTLED_MS, 1_000);
    expect(world.reads).toBe(5);
    await askFor(EVERY_MS - 5_000, 1_000);
    expect(world.reads).toBe(6);
  });

  it('are read at once when they are in doubt', async () => {
    const { world, machine, listen, askFor } = system();
    machine.doubt();
    expect(world.reads).toBe(0);
    listen();
    await askFor(5_000);
    machine.doubt();
    expect(world.reads).toBe(2);
  });

  it('hold on while a source is silent for a moment, and are left out when it stays so', async () => {
    const { world, machine, listen, askFor } = system();
    listen();
    await askFor(EVERY_MS);
    world.facts = undefined;
    await askFor(MISSES_KEPT * EVERY_MS);
    expect(machine.facts().metered).toBe(false);
    await askFor(2 * EVERY_MS);
    expect(machine.facts()).toEqual({ networks: [{ interfaceName: 'eth0' }] });
  });

  it('are read one after another: a slow source is not asked again before it has answered', async () => {
    const { world, listen, askFor, clock } = system();
    let release: (() => void) | undefined;
    world.hold = new Promise((resolve) => {
      release = resolve;
    });
    listen();
    await askFor(60_000);
    expect(world.reads).toBe(1);
    release?.();
    await clock.run(0);
    await askFor(5_000);
    expect(world.reads).toBe(2);
  });

  it('are of no interest once nobody listens: what is under way is ended and forgotten', async () => {
    const { world, machine, listen, clock } = system();
    let release: (() => void) | undefined;
    world.hold = new Promise((resolve) => {
      release = resolve;
    });
    const stop = listen();
    machine.facts();
    stop();
    expect(world.aborted).toBe(1);
    release?.();
    await clock.run(0);
    expect(machine.facts()).toEqual({});
    expect(world.changes).toBe(0);
  });

  it('let idle time grow between readings, and not while somebody is there', async () => {
    const { world, machine, listen, askFor, clock } = system();
    listen();
    world.facts = { idleS: 100 };
    await askFor(5_000);
    await clock.run(4_000);
    expect(machine.facts().idleS).toBe(109);
    world.facts = { idleS: 0 };
    await askFor(EVERY_MS);
    await clock.run(10_000);
    expect(machine.facts().idleS).toBe(0);
    expect(world.changes).toBe(1);
  });
});
