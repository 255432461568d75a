import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { realOutside } from '../outside/real.ts';
import { openStore, type Store, StoreUnwritableError, type VolunteeringRecord } from '../store/index.ts';
import { monthOf } from './calendar.ts';
import { DAYS_SHOWN, GB, MAX_DAYS, MAX_MONTHS, TICK_MS, WAYS } from './constants.ts';
import { type Increment, Ledger } from './ledger.ts';
import { bytesIn, isUsedUp, limitOf } from './limits.ts';
import { Meter } from './meter.ts';

const DAY_MS = 86_400_000;
const JANUARY_MS = new Date(2027, 0, 15, 12).getTime();
const nothing: Increment = { bytes: 0, peopleHelped: 0, worked: 0, failed: 0 };
const EMPTY: VolunteeringRecord = {
  pausedUntilMs: null,
  months: {},
  days: {},
  bytesForwarded: 0,
  peopleHelped: 0,
  worked: 0,
  failed: 0,
};

/** A disk in memory, with a clock that tests set. */
class Disk {
  wallMs = JANUARY_MS;
  record: VolunteeringRecord = EMPTY;
  writes = 0;
  isFull = false;
  /** Who opened it last holds it. */
  #holder: object | undefined;

  open(): Ledger {
    const mine = {};
    this.#holder = mine;
    return new Ledger(
      {
        load: () => structuredClone(this.record),
        save: (record) => {
          if (this.isFull) throw new StoreUnwritableError('volunteering.json', 'no space left');
          this.record = structuredClone(record);
          this.writes++;
        },
        hold: () => {
          if (this.#holder === mine) return 'ours';
          if (this.#holder !== undefined) return 'lost';
          this.#holder = mine;
          return 'again';
        },
      },
      () => this.wallMs,
    );
  }

  /** The process that has it now goes. */
  release(): void {
    this.#holder = undefined;
  }
}

describe('the ledger', () => {
  test('counts what was passed on twice for the month, once for the day, and all of it for ever', () => {
    const disk = new Disk();
    const ledger = disk.open();

    ledger.count({ bytes: 1_000, peopleHelped: 2, worked: 1, failed: 0 });
    disk.wallMs += DAY_MS;
    ledger.count(nothing);
    ledger.count({ bytes: 500, peopleHelped: 0, worked: 0, failed: 1 });

    expect(ledger.usedBytes).toBe(3_000);
    expect(ledger.state()).toEqual({
      renewsMs: new Date(2027, 1, 1).getTime(),
      days: [
        { day: '2027-01-15', bytes: 1_000 },
        { day: '2027-01-16', bytes: 500 },
      ],
      peopleHelpedEver: 2,
      bytesForwardedEver: 1_500,
      worked: 1,
      failed: 1,
    });
  });

  test('begins a month anew, and finds the old one when the clock is set back', () => {
    const disk = new Disk();
    const ledger = disk.open();
    ledger.count({ ...nothing, bytes: 1_000 });

    disk.wallMs = new Date(2028, 0, 15).getTime();
    ledger.count(nothing);
    const ahead = ledger.usedBytes;
    ledger.count({ ...nothing, bytes: 10 });
    ledger.settle();
    disk.wallMs = JANUARY_MS + DAY_MS;
    const again = disk.open();

    expect([ahead, again.usedBytes]).toEqual([0, 2_000]);
    // What was done while the clock was ahead is not shown before that day comes.
    expect(again.state().days).toEqual([{ day: '2027-01-15', bytes: 1_000 }]);
  });

  test('gives what was used while the month or the clock changed to both months', () => {
    const disk = new Disk();
    const ledger = disk.open();
    disk.wallMs = new Date(2027, 1, 1, 0, 0, 1).getTime();

    ledger.count({ ...nothing, bytes: 1_000 });

    expect(ledger.usedBytes).toBe(2_000);
    disk.wallMs = JANUARY_MS;
    expect(ledger.usedBytes).toBe(2_000);
  });

  test('has what is about to be used on disk before, and takes back what was not', () => {
    const disk = new Disk();
    const ledger = disk.open();

    ledger.setAside(1_000, 50_000);
    for (let round = 0; round < 49; round++) {
      ledger.count({ ...nothing, bytes: 500 });
      ledger.setAside(1_000, 50_000);
    }

    expect(disk.writes).toBe(1);
    expect(disk.open().usedBytes).toBe(50_000);
    ledger.hold();
    ledger.settle();
    expect(disk.writes).toBe(1);
    disk.release();
    const other = disk.open();
    other.count({ ...nothing, bytes: 500 });
    other.settle();
    other.settle();
    expect([disk.writes, disk.open().usedBytes]).toEqual([2, 51_000]);
  });

  test('shows as many days as it should, keeps more, and not all', () => {
    const disk = new Disk();
    const ledger = disk.open();
    for (let day = 0; day < MAX_DAYS + 5; day++) {
      ledger.count({ ...nothing, bytes: day + 1 });
      disk.wallMs += DAY_MS;
    }
    disk.wallMs -= DAY_MS;
    ledger.settle();

    expect(ledger.state().days).toHaveLength(DAYS_SHOWN);
    expect(ledger.state().days.at(-1)).toMatchObject({ bytes: MAX_DAYS + 5 });
    expect(Object.keys(disk.record.days)).toHaveLength(MAX_DAYS);
    expect(disk.record.bytesForwarded).toBe(((MAX_DAYS + 5) * (MAX_DAYS + 6)) / 2);
  });

  test('never forgets a month: more than there can be count as used up', () => {
    const disk = new Disk();
    const months = Array.from({ length: MAX_MONTHS }, (_, index) => [
      `${3_000 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`,
      1,
    ]);
    disk.record = { ...EMPTY, months: Object.fromEntries(months) };

    expect(disk.open().usedBytes).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('keeps a pause over restarts, and what was set aside meanwhile', () => {
    const disk = new Disk();
    const ledger = disk.open();
    ledger.setAside(1_000, 1_000);

    ledger.setPause(JANUARY_MS + 60_000);

    const again = disk.open();
    expect([again.pausedUntilMs, again.usedBytes]).toEqual([JANUARY_MS + 60_000, 1_000]);
  });

  test('writes nothing over what another process has in its hands, and goes on from there when that has gone', () => {
    const disk = new Disk();
    const ledger = disk.open();
    ledger.setAside(1_000, 1_000);
    const other = disk.open();
    other.count({ ...nothing, bytes: 4_000 });
    other.settle();

    const held = [ledger.hold()];
    ledger.count({ ...nothing, bytes: 100 });
    ledger.settle();
    disk.release();
    held.push(ledger.hold());

    expect(held).toEqual([false, true]);
    expect(ledger.usedBytes).toBe(9_000);
  });
});

describe('an allowance', () => {
  type Step =
    | { readonly do: 'carry'; readonly ticks: number; readonly part: number }
    | { readonly do: 'kill' | 'stop' | 'second' | 'fill-disk' | 'free-disk' }
    | { readonly do: 'set-clock'; readonly days: number };

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('carry' as const),
        ticks: fc.integer({ min: 1, max: 60 }),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'stop' as const, 'second' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('fill-disk' as const, 'free-disk' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('set-clock' as const),
        days: fc.integer({ min: -400, max: 400 }),
      }),
    },
  );

  /** One program on the disk, which does what `Volunteer` does with the meter every second. */
  function program(disk: Disk, capKbitPerS: number, allowanceBytes: number) {
    const counters = { bytesForwarded: 0, peopleHelped: 0, worked: 0, failed: 0 };
    const clock = { ...realOutside.clock, now: () => disk.wallMs };
    const ledger = disk.open();
    const meter = new Meter({
      clock,
      ledger,
      counters: () => ({ ...counters }),
      logger: pino({ level: 'silent' }),
    });
    let rateKbitPerS = 0;
    return {
      meter,
      ledger,
      /** Sends on such a part of what is allowed for a second and the burst of a token bucket. @returns bytes, in and out */
      carry(part: number): number {
        meter.count();
        const isHeld = meter.hold();
        const cap = { kbitPerS: capKbitPerS, by: 'up' as const };
        const demands = { inOwnCall: false, lineShare: 1, allowanceBytes, usedBytes: ledger.usedBytes };
        const limit = limitOf(cap, demands).kbitPerS;
        meter.setAside(limit, rateKbitPerS);
        if (!isHeld || !meter.isWritable || isUsedUp(allowanceBytes, ledger.usedBytes, capKbitPerS)) return 0;
        const bytes = Math.floor((part * bytesIn(limit, TICK_MS + 250)) / WAYS);
        counters.bytesForwarded += bytes;
        rateKbitPerS = (bytes * 8) / TICK_MS;
        return bytes * WAYS;
      },
    };
  }

  test('is never exceeded in any month, whatever is used, killed, started twice, or done to the clock and the disk', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(500, 10_000, 100_000, 1_000_000),
        (steps, capKbitPerS) => {
          const disk = new Disk();
          const allowanceBytes = GB;
          const used = new Map<string, number>();
          let one = program(disk, capKbitPerS, allowanceBytes);
          for (const each of steps) {
            switch (each.do) {
              case 'carry':
                for (let tick = 0; tick < each.ticks; tick++) {
                  const month = monthOf(disk.wallMs);
                  used.set(month, (used.get(month) ?? 0) + one.carry(each.part));
                  disk.wallMs += TICK_MS;
                }
                break;
              case 'stop':
                one.meter.count();
                one.meter.hold();
                one.meter.settle('now');
                one = program(disk, capKbitPerS, allowanceBytes);
                break;
              case 'kill':
                one = program(disk, capKbitPerS, allowanceBytes);
                break;
              case 'second': {
                // It has not noticed yet, and goes on for what it has set aside.
                const first = one;
                one = program(disk, capKbitPerS, allowanceBytes);
                first.carry(1);
                break;
              }
              case 'fill-disk':
              case 'free-disk':
                disk.isFull = each.do === 'fill-disk';
                break;
              case 'set-clock':
                // What is under way is counted in both months; a kill in that very second is the one thing that forgets it.
                disk.wallMs += each.days * DAY_MS;
                one.meter.count();
                break;
            }
          }
          for (const bytes of used.values()) expect(bytes).toBeLessThanOrEqual(allowanceBytes);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is used nearly whole by a node that is busy, with a write a minute', () => {
    const disk = new Disk();
    const one = program(disk, 10_000, GB);
    let bytes = 0;
    let seconds = 0;
    for (; seconds < 2_000; seconds++) {
      const more = one.carry(0.8);
      if (more === 0) break;
      bytes += more;
      disk.wallMs += TICK_MS;
    }

    expect(bytes).toBeGreaterThan(0.98 * GB);
    expect(bytes).toBeLessThanOrEqual(GB);
    expect(disk.writes).toBeLessThanOrEqual(seconds / 50 + 2);
  });

  test('loses little to a kill', () => {
    const disk = new Disk();
    const one = program(disk, 10_000, 200 * GB);
    let bytes = 0;
    for (let tick = 0; tick < 90; tick++) {
      bytes += one.carry(0.2);
      disk.wallMs += TICK_MS;
    }

    const over = disk.open().usedBytes - bytes;

    // A minute at the rate that was, and the seconds ahead at the one that is allowed.
    expect(over).toBeGreaterThanOrEqual(0);
    expect(over).toBeLessThan(bytesIn(2_500, 60_000) + bytesIn(10_000, 4_000));
  });
});

describe('on a real disk', () => {
  let directory: string;
  const open: Store[] = [];
  const openHere = () => {
    const store = openStore(directory, { onNotice() {}, clock: realOutside.clock });
    open.push(store);
    return store;
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'byway-ledger-'));
  });
  afterEach(() => {
    for (const store of open.splice(0)) store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const ledgerOf = ({ volunteering }: Store) => new Ledger(volunteering, () => JANUARY_MS);

  test('what was set aside by a program that was killed counts as used, and keys of newer versions stay', () => {
    const first = openHere();
    ledgerOf(first).setAside(1_000, 70_000);
    const file = join(directory, 'volunteering.json');
    const content = JSON.parse(readFileSync(file, 'utf8'));
    first.close();
    writeFileSync(file, JSON.stringify({ ...content, medals: ['gold'] }));

    const second = ledgerOf(openHere());
    second.count({ ...nothing, bytes: 5 });
    second.settle();

    expect(second.usedBytes).toBe(70_010);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ medals: ['gold'], bytesForwarded: 5 });
  });

  test('a program that is killed while it counts has used no more than stands there', async () => {
    const [store, ledger, outside] = ['../store/index.ts', './ledger.ts', '../outside/real.ts'].map((path) =>
      JSON.stringify(join(import.meta.dirname, path)),
    );
    // It says what it has used after each step; a step uses a third of what it has set aside at most.
    const program = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { openStore } = await import(${store});
       const { Ledger } = await import(${ledger});
       const { realOutside } = await import(${outside});
       const { volunteering } = openStore(${JSON.stringify(directory)}, { onNotice() {}, clock: realOutside.clock });
       const ledger = new Ledger(volunteering, () => ${JANUARY_MS});
       const step = () => {
         ledger.setAside(3_000, 9_000);
         ledger.count({ bytes: 500, peopleHelped: 0, worked: 0, failed: 0 });
         process.stdout.write(ledger.usedBytes + '\\n', () => setImmediate(step));
       };
       step();`,
    ]);
    let said = '';
    program.stdout.on('data', (text: Buffer) => {
      said += text;
      if (said.length > 2_000) program.kill('SIGKILL');
    });
    await once(program, 'close');

    const used = Number(said.split('\n').at(-2));
    const found = ledgerOf(openHere()).usedBytes;

    expect(used).toBeGreaterThan(100_000);
    expect(found).toBeGreaterThanOrEqual(used);
    expect(found - used).toBeLessThan(3_000 + 9_000 + 2_000);
  });

  test.each([
    ['a month', { months: { '2027-01': -5 } }],
    ['a name', { months: { soon: 5 } }],
    ['a counter', { bytesForwarded: 'many' }],
    ['a pause', { pausedUntilMs: 'tomorrow' }],
  ])('%s that is damaged stops the start, and is not begun anew', (_, change) => {
    const content = JSON.stringify({ format: 1, ...change });
    writeFileSync(join(directory, 'volunteering.json'), content);

    expect(() => openHere()).toThrow(/damaged/);

    expect(readFileSync(join(directory, 'volunteering.json'), 'utf8')).toBe(content);
  });

  test('a lock that somebody else has taken over is noticed, and taken again when it is free', () => {
    const store = openHere();
    const lock = join(directory, 'lock');
    const mine = readFileSync(lock, 'utf8');
    const held = [store.volunteering.hold()];
    // A container that cannot see this process.
    writeFileSync(lock, JSON.stringify({ pid: 1, began: 'elsewhere', bootedAt: 1 }));
    held.push(store.volunteering.hold());
    rmSync(lock);
    held.push(store.volunteering.hold(), store.volunteering.hold());

    expect(held).toEqual(['ours', 'lost', 'again', 'ours']);
    expect(readFileSync(lock, 'utf8')).toBe(mine);
  });
});
