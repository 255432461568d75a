/**
 * What the system tells of this machine, from several sources.
 *
 * There is no timer: whoever needs the facts asks for them every few seconds, as the rules of volunteering do while it is switched on. What is
 * old by then is read anew, and whoever listens learns of it when it differs. When nobody asks, or nobody listens, nothing is read.
 */
import type { Clock } from '../engine/outside/index.ts';
import type { Machine, MachineFacts } from '../engine/volunteering/machine.ts';
import { MISSES_KEPT, READ_UNSETTLED_MS, UNSETTLED_MS } from './constants.ts';
import type { Interfaces } from './interfaces.ts';

/**
 * Tells some of the facts.
 *
 * @returns undefined when it could not be asked just now; facts left out are not known to it
 */
export type Source = (interfaces: Interfaces, signal: AbortSignal) => Promise<MachineFacts | undefined>;

export interface SystemMachineOptions {
  readonly clock: Clock;
  readonly sources: readonly Source[];
  readonly interfaces: () => Interfaces;
  /** What is older is read again, ms. */
  readonly everyMs: number;
}

interface Told {
  readonly facts: MachineFacts;
  readonly atMs: number;
  readonly misses: number;
}

const NOTHING_TOLD: Told = { facts: {}, atMs: 0, misses: 0 };

export class SystemMachine implements Machine {
  readonly #options: SystemMachineOptions;
  readonly #listeners = new Set<() => void>();
  #told: readonly Told[];
  #listening: AbortController | undefined;
  #isReading = false;
  #lastReadMs = Number.NEGATIVE_INFINITY;
  #unsettledUntilMs = Number.NEGATIVE_INFINITY;
  #fingerprint: string | undefined;

  constructor(options: SystemMachineOptions) {
    this.#options = options;
    this.#told = options.sources.map(() => NOTHING_TOLD);
  }

  facts(): MachineFacts {
    this.#readIfOld();
    return this.#facts();
  }

  onChange(listener: () => void): () => void {
    this.#listening ??= new AbortController();
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#listening?.abort();
      this.#listening = undefined;
      this.#lastReadMs = Number.NEGATIVE_INFINITY;
    };
  }

  /** Something happened after which nothing may be as it was; the next question is answered from new readings. */
  doubt(): void {
    this.#lastReadMs = Number.NEGATIVE_INFINITY;
    this.#unsettledUntilMs = this.#options.clock.now() + UNSETTLED_MS;
    this.#readIfOld();
  }

  #facts(): MachineFacts {
    const facts = Object.assign({}, ...this.#told.map((told) => told.facts)) as MachineFacts;
    const idle = this.#told.find((told) => told.facts.idleS !== undefined);
    // Who was there then may be there now; who was not has been away since, as far as we know.
    if (!idle?.facts.idleS) return facts;
    return { ...facts, idleS: idle.facts.idleS + (this.#options.clock.now() - idle.atMs) / 1_000 };
  }

  #readIfOld(): void {
    if (this.#listening === undefined || this.#isReading) return;
    const nowMs = this.#options.clock.now();
    const interfaces = this.#options.interfaces();
    if (interfaces.fingerprint !== this.#fingerprint) {
      if (this.#fingerprint !== undefined) this.#unsettledUntilMs = nowMs + UNSETTLED_MS;
      this.#fingerprint = interfaces.fingerprint;
      this.#lastReadMs = Number.NEGATIVE_INFINITY;
    }
    const everyMs = nowMs < this.#unsettledUntilMs ? READ_UNSETTLED_MS : this.#options.everyMs;
    if (nowMs - this.#lastReadMs < everyMs) return;
    this.#lastReadMs = nowMs;
    void this.#read(interfaces, this.#listening.signal);
  }

  async #read(interfaces: Interfaces, signal: AbortSignal): Promise<void> {
    this.#isReading = true;
    const read = await Promise.all(
      // A source that fails in an unforeseen way has told nothing; the others have.
      this.#options.sources.map((source) => source(interfaces, signal).catch(() => undefined)),
    );
    this.#isReading = false;
    if (signal.aborted) return;
    const before = this.#withoutIdle();
    const atMs = this.#options.clock.now();
    this.#told = this.#told.map((told, index) => {
      const facts = read[index];
      if (facts !== undefined) return { facts, atMs, misses: 0 };
      return told.misses < MISSES_KEPT ? { ...told, misses: told.misses + 1 } : NOTHING_TOLD;
    });
    if (this.#withoutIdle() === before) return;
    for (const listener of [...this.#listeners]) listener();
  }

  #withoutIdle(): string {
    return JSON.stringify({ ...this.#facts(), idleS: undefined });
  }
}
