import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedClock } from '../engine/outside/testing/simulated-clock.ts';
import { LEAVE_LIMIT_MS } from '../engine/sfu/constants.ts';
import { SAME_SIGNAL_MS, STOP_LIMIT_MS } from './constants.ts';
import { Ending, sayDrained } from './ending.ts';

/** Guests who leave one after another. */
class Guests extends EventEmitter<{ changed: [] }> {
  readonly #clock: SimulatedClock;
  #here: number;
  readonly #everyMs: number;

  constructor(clock: SimulatedClock, here: number, everyMs: number) {
    super();
    this.#clock = clock;
    this.#here = here;
    this.#everyMs = everyMs;
  }

  state() {
    const bridge = { ageS: 1, kbitPerS: 1, droppedPercent: 0 };
    return { bridges: Array.from({ length: this.#here }, () => bridge) };
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      const leave = () => {
        if (this.#here === 0) return resolve();
        this.#clock.setTimer(() => {
          this.#here -= 1;
          this.emit('changed');
          leave();
        }, this.#everyMs);
      };
      this.#clock.setTimer(() => {
        this.#here = 0;
        this.emit('changed');
        resolve();
      }, LEAVE_LIMIT_MS);
      leave();
    });
  }
}

let clock: SimulatedClock;
const close = vi.fn<() => Promise<void>>();
const exit = vi.fn<(code: number) => void>();
const say = vi.fn<(sentence: string) => void>();

beforeEach(() => {
  clock = new SimulatedClock();
  close.mockReset().mockResolvedValue();
  exit.mockReset();
  say.mockReset();
});

function endingOf(bridges: number, everyMs: number): Ending {
  return new Ending({ volunteer: new Guests(clock, bridges, everyMs), clock, close, exit, say });
}

describe('the end of a headless host', () => {
  test('moves the guests, then closes, then ends well', async () => {
    const ending = endingOf(2, 300);
    void ending.signal();
    await clock.run(599);
    expect(close).not.toHaveBeenCalled();

    await clock.run(1);

    expect(say.mock.calls).toEqual([
      ['All 2 calls that were carried here moved to another way within 0.6 s.'],
    ]);
    expect(close).toHaveBeenCalledOnce();
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test('counts whoever did not move in time', async () => {
    const drained = endingOf(3, 1_500).drain();
    await clock.run(LEAVE_LIMIT_MS);
    expect(await drained).toEqual({ pid: process.pid, bridges: 3, remaining: 2, tookMs: LEAVE_LIMIT_MS });
    expect(sayDrained(await drained)).toMatch(/^2 of 3 calls had not moved after 2\.0 s/);
  });

  test('is one, whoever asks for it how often', async () => {
    const ending = endingOf(1, 100);
    void ending.signal();
    const drained = ending.drain();
    await clock.run(100);
    await drained;
    await ending.finish();
    expect(close).toHaveBeenCalledOnce();
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test('comes at once with a second signal', async () => {
    const ending = endingOf(1, 1_000);
    void ending.signal();
    await clock.run(SAME_SIGNAL_MS);
    void ending.signal();
    expect(exit.mock.calls).toEqual([[1]]);
  });

  test('waits for the guests when one signal comes by two roads', async () => {
    const ending = endingOf(1, 1_000);
    void ending.signal();
    await clock.run(SAME_SIGNAL_MS - 1);
    void ending.signal();
    expect(exit).not.toHaveBeenCalled();
    await clock.run(1_000);
    expect(exit.mock.calls).toEqual([[0]]);
  });

  test('comes after a while in any case', async () => {
    close.mockReturnValue(new Promise(() => undefined));
    void endingOf(0, 1).signal();
    await clock.run(STOP_LIMIT_MS);
    expect(exit.mock.calls).toEqual([[1]]);
    expect(say.mock.calls).toEqual([['Byway did not end within 5 s and was cut off.']]);
  });
});
