/** How much each bridge of a node forwards, measured now and then from its counters. */
import type { VolunteerState } from '../../../shared/volunteer.ts';
import type { Bridge } from './bridge.ts';
import type { Bridges } from './bridges.ts';

export class NodeRates {
  readonly #bridges: Bridges;
  #last = new Map<Bridge, { readonly bytes: number; readonly kbitPerS: number }>();
  #kbitPerS = 0;
  #bytes = 0;
  #measuredAtMs: number;

  constructor(bridges: Bridges, nowMs: number) {
    this.#bridges = bridges;
    this.#measuredAtMs = nowMs;
  }

  /** All bridges together at the last measurement, kbit/s. */
  get kbitPerS(): number {
    return this.#bridges.size === 0 ? 0 : this.#kbitPerS;
  }

  measure(nowMs: number): void {
    const passedMs = nowMs - this.#measuredAtMs;
    if (passedMs <= 0) return;
    // 8 bit/byte over ms is kbit/s.
    const rate = (bytes: number) => (Math.max(0, bytes) * 8) / passedMs;
    this.#kbitPerS = rate(this.#bridges.bytesForwarded - this.#bytes);
    this.#bytes = this.#bridges.bytesForwarded;
    this.#measuredAtMs = nowMs;
    const measured = this.#bridges.all().map((bridge) => {
      const bytes = bridge.bytesForwarded;
      return [bridge, { bytes, kbitPerS: rate(bytes - (this.#last.get(bridge)?.bytes ?? 0)) }] as const;
    });
    this.#last = new Map(measured);
  }

  /** As a person sees them, the oldest first. */
  bridges(nowMs: number): VolunteerState['bridges'] {
    return this.#bridges.all().map((bridge) => ({
      ageS: Math.round((nowMs - bridge.madeAtMs) / 1_000),
      kbitPerS: Math.round(this.#last.get(bridge)?.kbitPerS ?? 0),
    }));
  }
}
