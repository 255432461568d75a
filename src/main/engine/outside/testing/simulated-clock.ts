/**
 * The one simulated clock of the tests: time stands still until `run` or `until`, and then jumps from timer to timer. Timers of one
 * moment go off in the order they were set in, and promises settle in between, so that the same start gives the same run.
 */
import type { Clock } from '../index.ts';

/** Any fixed moment will do; not 0, so that code that takes 0 for "never" is found out. */
const START_MS = 1_000;
/** 2027-01-15, ms since 1970. */
const WALL_START_MS = 1_800_000_000_000;

interface SimulatedTimer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  /** Where it is in the heap, -1 when it has gone off or was cleared. */
  index: number;
}

export class SimulatedClock implements Clock {
  #nowMs = START_MS;
  #order = 0;
  /** A binary heap, the next timer first. */
  readonly #heap: SimulatedTimer[] = [];

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return WALL_START_MS + this.#nowMs;
  }

  setTimer(callback: () => void, delayMs: number): object {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const timer = { atMs, order: this.#order++, callback, index: this.#heap.length };
    this.#heap.push(timer);
    this.#rise(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    if (isTimer(timer) && this.#heap[timer.index] === timer) this.#remove(timer);
  }

  get pendingTimers(): number {
    return this.#heap.length;
  }

  /** When the next timer goes off, if there is one. */
  get nextAtMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** Moves time on by so much, and does on the way what falls due. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settlePromises();
    while (await this.#step(endMs));
    this.#nowMs = endMs;
  }

  /** Runs until the condition holds, which is asked after every timer; throws when it does not within the limit. */
  async until(condition: () => boolean, limitMs = 10_000): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    await settlePromises();
    while (!condition()) {
      if (await this.#step(endMs)) continue;
      this.#nowMs = endMs;
      if (condition()) return;
      throw new Error(`still not after ${limitMs} ms: ${condition}`);
    }
  }

  /** Does the next timer unless it is due after `endMs`. False when there was nothing to do. */
  async #step(endMs: number): Promise<boolean> {
    const next = this.#heap[0];
    if (!next || next.atMs > endMs) return false;
    this.#remove(next);
    this.#nowMs = next.atMs;
    next.callback();
    await settlePromises();
    return true;
  }

  #remove(timer: SimulatedTimer): void {
    const last = this.#heap.pop();
    if (last && last !== timer) {
      last.index = timer.index;
      this.#heap[last.index] = last;
      this.#sink(last);
      this.#rise(last);
    }
    timer.index = -1;
  }

  #rise(timer: SimulatedTimer): void {
    while (timer.index > 0) {
      const parent = this.#heap[(timer.index - 1) >> 1];
      if (!parent || isBefore(parent, timer)) return;
      this.#swap(parent, timer);
    }
  }

  #sink(timer: SimulatedTimer): void {
    for (;;) {
      const left = this.#heap[timer.index * 2 + 1];
      const right = this.#heap[timer.index * 2 + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || isBefore(timer, child)) return;
      this.#swap(timer, child);
    }
  }

  #swap(a: SimulatedTimer, b: SimulatedTimer): void {
    const { index } = a;
    a.index = b.index;
    b.index = index;
    this.#heap[a.index] = a;
    this.#heap[b.index] = b;
  }
}

function isTimer(timer: unknown): timer is SimulatedTimer {
  return typeof timer === 'object' && timer !== null && 'index' in timer;
}

function isBefore(a: SimulatedTimer, b: SimulatedTimer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** An immediate comes when no promise is left to settle, however long their chains are. It takes a microsecond. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
