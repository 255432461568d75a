/** Timers of a call by name: setting one again replaces it, and all end with the call. */
import type { Clock, Timer } from '../outside/index.ts';

export class NamedTimers<Name extends string> {
  readonly #clock: Clock;
  readonly #timers = new Map<Name, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isSet(name: Name): boolean {
    return this.#timers.has(name);
  }

  set(name: Name, delayMs: number, then: () => void): void {
    this.clear(name);
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(name);
      then();
    }, delayMs);
    this.#timers.set(name, timer);
  }

  clear(name: Name): void {
    if (!this.#timers.has(name)) return;
    this.#clock.clearTimer(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clearAll(): void {
    for (const name of [...this.#timers.keys()]) this.clear(name);
  }
}
