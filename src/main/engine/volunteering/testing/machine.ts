/** A machine whose facts tests set. */
import type { Machine, MachineFacts } from '../machine.ts';

export class SettableMachine implements Machine {
  /** How often it was asked. */
  asked = 0;
  readonly #listeners = new Set<() => void>();
  #facts: MachineFacts = {
    idleS: 3_600,
    onBattery: false,
    metered: false,
    networks: [{ interfaceName: 'wlan0', name: 'Home' }],
  };

  get listeners(): number {
    return this.#listeners.size;
  }

  facts(): MachineFacts {
    this.asked++;
    return this.#facts;
  }

  /** Idle time grows and falls without a word, as on a real machine. */
  set(changes: MachineFacts): void {
    this.#facts = { ...this.#facts, ...changes };
    if (Object.keys(changes).some((fact) => fact !== 'idleS'))
      for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
