/** Carriers that failed in a call, and for how long each of them is not asked for again. */
import type { Carrier } from '../../../shared/rendezvous.ts';
import { MAX_FAILED_CARRIERS, MAX_RELAY_PAUSE_MS, RELAY_PAUSE_MS } from './constants.ts';

interface Failure {
  untilMs: number;
  times: number;
}

export class FailedCarriers {
  readonly #failures = new Map<string, Failure>();

  /** There are other nodes; there may be one relay only, and what stood in its way passes. */
  note({ kind, carrier }: Pick<Carrier, 'kind' | 'carrier'>, nowMs: number): void {
    const times = (this.#failures.get(carrier)?.times ?? 0) + 1;
    const pauseMs = Math.min(MAX_RELAY_PAUSE_MS, RELAY_PAUSE_MS * 2 ** (times - 1));
    this.#failures.delete(carrier); // Back in at the end, as the newest.
    this.#failures.set(carrier, {
      untilMs: kind === 'relay' ? nowMs + pauseMs : Number.POSITIVE_INFINITY,
      times,
    });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_FAILED_CARRIERS && oldest !== undefined) this.#failures.delete(oldest);
  }

  /** Those that are not to be asked for now. */
  excluded(nowMs: number): string[] {
    return [...this.#failures].flatMap(([carrier, { untilMs }]) => (nowMs < untilMs ? [carrier] : []));
  }
}
