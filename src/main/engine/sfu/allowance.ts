/** How many bytes may be sent on now: a token bucket (RFC 2697's committed rate and burst), counted in numbers alone. */
import { BURST_MS } from './constants.ts';

export class Allowance {
  readonly #bytesPerMs: () => number;
  #bytes: number;
  #countedAtMs: number;

  /** @param kbitPerS may change while it is used; what is saved up is `BURST_MS` of it */
  constructor(kbitPerS: () => number, nowMs: number) {
    this.#bytesPerMs = () => kbitPerS() / 8;
    this.#bytes = this.#bytesPerMs() * BURST_MS;
    this.#countedAtMs = nowMs;
  }

  /** Whether so many bytes may go now; nothing is taken. */
  has(bytes: number, nowMs: number): boolean {
    const bytesPerMs = this.#bytesPerMs();
    const gained = (nowMs - this.#countedAtMs) * bytesPerMs;
    this.#bytes = Math.min(bytesPerMs * BURST_MS, this.#bytes + gained);
    this.#countedAtMs = nowMs;
    return this.#bytes >= bytes;
  }

  /** To be called after `has`. */
  take(bytes: number): void {
    this.#bytes -= bytes;
  }
}
