/** The rules of somebody who lends their line, in earnest: engines on real sockets, a real server, a call through one of them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CountingOutside } from '../../../../test/support/counting-outside.ts';
import { befriend, lending, type TestUser, TestWorld, until } from '../../../../test/support/users.ts';
import type { VolunteerRule, VolunteerSettings } from '../../../shared/volunteer.ts';
import type { EngineOptions } from '../index.ts';
import type { Outside } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { LEAVE_LIMIT_MS } from '../sfu/constants.ts';
import { monthOf, nextMonthMs } from './calendar.ts';
import { GB, WAYS } from './constants.ts';
import type { MachineFacts } from './machine.ts';
import { SettableMachine } from './testing/machine.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await new TestWorld().open();
});
afterEach(() => world.close());

/** What is left of 1 GB would be used in 4 s with the caps as they are at first. */
const USED_BYTES = 0.99 * GB;

interface Vera extends TestUser {
  readonly machine: SettableMachine;
  choose(changes: Partial<VolunteerSettings>): Promise<void>;
}

async function volunteer(options: Partial<EngineOptions> = {}): Promise<Vera> {
  const machine = new SettableMachine();
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'byway-test-'));
  if (!options.dataDirectory) {
    const months = { [monthOf(Date.now())]: USED_BYTES };
    writeFileSync(join(dataDirectory, 'volunteering.json'), JSON.stringify({ format: 1, months }));
  }
  const user = await world.user('Vera', { machine, dataDirectory, ...options });
  const choose = (changes: Partial<VolunteerSettings>) =>
    user.engine.app.updateSettings({ volunteer: lending(changes) });
  if (!options.dataDirectory) await choose({});
  return { ...user, machine, choose };
}

async function talk(): Promise<readonly [TestUser, TestUser]> {
  const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
  await befriend(ada, ben);
  await ada.engine.app.updateSettings({ hideAddress: true });
  await call(ada, ben);
  return [ada, ben];
}

async function call(ada: TestUser, ben: TestUser): Promise<void> {
  ada.engine.calls.place(ben.id, 'audio');
  await until(() => ben.call()?.phase === 'incoming');
  ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');
  await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
}

const state = ({ engine }: TestUser) => engine.volunteer.state();
const isOffered = (user: TestUser) => state(user).state === 'offered';
const kinds = (users: readonly TestUser[]) => users.map((user) => user.call()?.path.active?.kind);

describe('a rule', () => {
  const tomorrow = (new Date().getDay() + 1) % 7;
  const chosen = (changes: Partial<VolunteerSettings>) => (vera: Vera) => vera.choose(changes);
  const told = (facts: MachineFacts) => async (vera: Vera) => vera.machine.set(facts);

  test.each<
    [
      VolunteerRule,
      (vera: Vera) => Promise<void> | void,
      (vera: Vera) => Promise<void> | void,
      number | undefined,
    ]
  >([
    [
      'paused',
      ({ engine }) => engine.volunteer.pause(60),
      ({ engine }) => engine.volunteer.resume(),
      3_600_000,
    ],
    [
      'allowance-used',
      chosen({ monthlyGB: 1 }),
      chosen({ monthlyGB: 2 }),
      nextMonthMs(Date.now()) - Date.now(),
    ],
    [
      'schedule',
      chosen({ schedule: [{ days: [tomorrow], fromMinute: 720, toMinute: 780 }] }),
      chosen({ schedule: [{ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 0 }] }),
      new Date().setHours(36, 0, 0, 0) - Date.now(),
    ],
    [
      'in-use',
      async (vera) => {
        await vera.choose({ idleMinutes: 10 });
        vera.machine.set({ idleS: 2 });
      },
      ({ machine }) => machine.set({ idleS: 600 }),
      undefined,
    ],
    ['on-battery', told({ onBattery: true }), told({ onBattery: false }), undefined],
    ['metered', told({ metered: true }), told({ metered: false }), undefined],
    [
      'named-network',
      chosen({ neverOn: ['home'] }),
      told({ networks: [{ interfaceName: 'eth0' }] }),
      undefined,
    ],
    [
      'counted-elsewhere',
      ({ directory }) =>
        writeFileSync(join(directory, 'lock'), JSON.stringify({ pid: 1, began: 'x', bootedAt: 1 })),
      ({ directory }) => rmSync(join(directory, 'lock')),
      undefined,
    ],
  ])(
    '(%s) lets the guests move before it rests, says until when, and serves again when it is over',
    async (rule, begin, end, untilMs) => {
      const vera = await volunteer();
      await until(() => isOffered(vera));
      const [ada, ben] = await talk();
      expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
      const beganMs = performance.now();

      await begin(vera);
      await until(() => state(vera).rest?.rule === rule);
      const bridgesThen = state(vera).bridges.length;
      await until(() => state(vera).state === 'resting');

      // They have moved while it still forwarded, so nobody waited for the silence.
      expect(bridgesThen).toBe(1);
      await until(() => kinds([ada, ben]).every((kind) => kind === 'relay'));
      for (const user of [ada, ben]) {
        expect(user.call()?.timeline.map(({ type }) => type)).not.toContain('path-silent');
      }
      expect(performance.now() - beganMs).toBeLessThan(LEAVE_LIMIT_MS + 1_500);
      const { rest } = state(vera);
      if (untilMs === undefined) expect(rest?.untilMs).toBeUndefined();
      else expect(Math.abs((rest?.untilMs ?? 0) - Date.now() - untilMs)).toBeLessThan(20_000);

      await end(vera);
      await until(() => isOffered(vera), 15_000);
      expect(state(vera).rest).toBeNull();
      ada.engine.calls.hangUp(ada.call()?.id ?? '');
      await until(() => ben.call()?.phase === 'ended');
      await call(ada, ben);
      expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
    },
    40_000,
  );

  test('that there be an allowance is kept also where nothing can be written: then nobody is served', async () => {
    const vera = await volunteer();
    await vera.choose({ monthlyGB: 2 });
    await until(() => isOffered(vera));
    // A folder in the way of the unfinished file makes the write fail, for root too.
    const inTheWay = join(vera.directory, 'volunteering.json.new');
    mkdirSync(join(inTheWay, 'x'), { recursive: true });

    const guests = await talk();
    await until(() => state(vera).rest?.rule === 'not-counted' && state(vera).state === 'resting');

    await until(() => kinds(guests).every((kind) => kind === 'relay'));
    rmSync(inTheWay, { recursive: true });
    await until(() => isOffered(vera), 15_000);
  }, 30_000);

  test('that a host cannot tell of stops nobody, and is named as such', async () => {
    const vera = await volunteer({ machine: undefined });
    await vera.choose({ idleMinutes: 10 });

    await until(() => isOffered(vera));

    expect(state(vera).untold).toEqual(['in-use', 'on-battery', 'metered', 'named-network']);
  });

  test('that a host cannot tell of any more is named at once, also while no rule asks for it', async () => {
    const vera = await volunteer();
    await vera.choose({ onlyUnmetered: false });
    await until(() => isOffered(vera));
    let untold: readonly string[] = [];
    vera.engine.volunteer.on('changed', () => {
      untold = state(vera).untold;
    });

    vera.machine.set({ metered: undefined });

    expect(untold).toEqual(['metered']);
  });

  test('needs nothing of the machine while the line is not lent', async () => {
    const vera = await volunteer();
    await vera.choose({ enabled: false });
    await until(() => state(vera).state === 'off');
    const { asked } = vera.machine;

    vera.machine.set({ onBattery: true });

    expect(state(vera).untold).toEqual([]);
    expect(vera.machine.asked).toBe(asked);
  });
});

describe('a pause', () => {
  test('is not ended by a restart, but by the user or its time', async () => {
    const vera = await volunteer();
    await until(() => isOffered(vera));
    vera.engine.volunteer.pause(10);
    const { rest } = state(vera);
    await vera.engine.stop();

    const again = await volunteer({ dataDirectory: vera.directory });
    await until(() => state(again).state === 'resting');

    expect(state(again).rest).toEqual(rest);
    again.engine.volunteer.resume();
    await until(() => isOffered(again));
  });
});

describe('what was carried', () => {
  test('is counted for the month, the day and ever, and is there after a restart', async () => {
    const vera = await volunteer();
    await until(() => isOffered(vera));
    const [ada] = await talk();
    await until(() => state(vera).worked === 1);
    ada.engine.calls.hangUp(ada.call()?.id ?? '');
    await until(() => state(vera).bridges.length === 0);
    const before = state(vera);
    await vera.engine.stop();

    const again = state(await volunteer({ dataDirectory: vera.directory }));

    expect(before.bytesForwarded).toBeGreaterThan(0);
    expect(before).toMatchObject({ peopleHelped: 2, peopleHelpedEver: 2, worked: 1, failed: 0 });
    expect(before.month.usedBytes).toBe(USED_BYTES + WAYS * before.bytesForwarded);
    expect(before.days.map(({ bytes }) => bytes)).toEqual([before.bytesForwarded]);
    expect(again).toMatchObject({
      peopleHelped: 0,
      bytesForwarded: 0,
      peopleHelpedEver: 2,
      bytesForwardedEver: before.bytesForwarded,
      worked: 1,
      days: before.days,
      month: before.month,
    });
  });

  test('and what may be carried next is on disk while it is carried', async () => {
    const vera = await volunteer();
    await until(() => isOffered(vera));
    await talk();

    const { months } = JSON.parse(readFileSync(join(vera.directory, 'volunteering.json'), 'utf8'));

    expect(Object.values(months)[0]).toBeGreaterThan(state(vera).month.usedBytes + 8_000_000);
  });
});

describe('while the user is in a call', () => {
  test('guests who are here have half of it, and nobody else comes', async () => {
    const vera = await volunteer();
    await until(() => isOffered(vera));
    const [ada, ben] = await talk();
    const friend = await world.user('Friend');
    await befriend(vera, friend);

    await call(vera, friend);
    const [carl, dora] = await talk();

    expect(state(vera).limit).toEqual({ kbitPerS: 5_000, by: 'own-call' });
    expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);
    expect(kinds([carl, dora])).toEqual(['relay', 'relay']);
    vera.engine.calls.hangUp(vera.call()?.id ?? '');
    await until(() => state(vera).limit.by === 'up');
  }, 30_000);
});

describe('a line that is wanted for something else', () => {
  /** Answers of the STUN server come so much later. */
  class SlowLine {
    delayMs = 0;
    stunPort = 0;
    readonly outside: Outside = {
      ...realOutside,
      network: {
        ...realOutside.network,
        bind: (family, port, onDatagram, ...rest) =>
          realOutside.network.bind(
            family,
            port,
            (datagram, address, fromPort) => {
              if (fromPort !== this.stunPort || this.delayMs === 0)
                return onDatagram(datagram, address, fromPort);
              const copy = Buffer.from(datagram);
              setTimeout(() => onDatagram(copy, address, fromPort), this.delayMs);
            },
            ...rest,
          ),
      },
    };
  }

  test('is given back by and by, and taken again', async () => {
    const line = new SlowLine();
    const vera = await volunteer({ outside: line.outside });
    await until(() => isOffered(vera));
    await talk();
    const [server] = vera.engine.network.state().stun;
    line.stunPort = Number(server?.server.split(':').at(-1));
    expect(state(vera).limit).toEqual({ kbitPerS: 10_000, by: 'up' });

    line.delayMs = 200;
    await until(() => state(vera).limit.kbitPerS <= 7_000);

    expect(state(vera).limit.by).toBe('latency');
    line.delayMs = 0;
    const least = state(vera).limit.kbitPerS;
    await until(() => state(vera).limit.kbitPerS > least);
  }, 30_000);
});

describe('draining', () => {
  test('moves the guests, takes no new ones, and ends every timer', async () => {
    const counting = new CountingOutside();
    const vera = await volunteer({ outside: counting.outside });
    await until(() => isOffered(vera));
    const [ada, ben] = await talk();

    await vera.engine.volunteer.drain();

    expect(state(vera)).toMatchObject({ state: 'off', rest: null, bridges: [] });
    await until(() => kinds([ada, ben]).every((kind) => kind === 'relay'));
    await vera.choose({});
    vera.engine.volunteer.resume();
    expect(state(vera).state).toBe('off');
    await vera.engine.stop();
    expect(vera.machine.listeners).toBe(0);
    expect([counting.timers.size, counting.sockets]).toEqual([0, 0]);
  });
});
