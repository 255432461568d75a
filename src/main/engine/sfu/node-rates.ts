/** How much each bridge of a node forwards and drops, measured now and then from its counters. */
import type { VolunteerState } from '../../../shared/volunteer.ts';
import type { Bridge } from './bridge.ts';
import type { Bridges } from './bridges.ts';

interface Measurement {
  readonly bytes: number;
  readonly packets: number;
  readonly dropped: number;
  readonly kbitPerS: number;
  readonly droppedPercent: number;
}

const NOTHING: Measurement = { bytes: 0, packets: 0, dropped: 0, kbitPerS: 0, droppedPercent: 0 };

export class NodeRates {
  readonly #bridges: Bridges;
  #last = new Map<Bridge, Measurement>();
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
    const bytes = this.#bridges.bytesForwarded;
    this.#kbitPerS = rate(bytes - this.#bytes, passedMs);
    this.#bytes = bytes;
    this.#measuredAtMs = nowMs;
    const measured = this.#bridges
      .all()
      .map((bridge) => [bridge, measure(bridge, this.#last.get(bridge) ?? NOTHING, passedMs)] as const);
    this.#last = new Map(measured);
  }

  /** As a person sees them, the oldest first. */
  bridges(nowMs: number): VolunteerState['bridges'] {
    return this.#bridges.all().map((bridge) => {
      const { kbitPerS, droppedPercent } = this.#last.get(bridge) ?? NOTHING;
      const ageS = Math.round((nowMs - bridge.madeAtMs) / 1_000);
      return { ageS, kbitPerS: Math.round(kbitPerS), droppedPercent: Math.round(droppedPercent * 10) / 10 };
    });
  }
}

/** Counters fall when a leg has gone and another one came in its place. */
function measure(bridge: Bridge, last: Measurement, passedMs: number): Measurement {
  const legs = [bridge.legs.A, bridge.legs.B];
  const sum = (of: 'packetsForwarded' | 'packetsDropped') =>
    legs.reduce((total, leg) => total + (leg?.[of] ?? 0), 0);
  const [bytes, packets, dropped] = [bridge.bytesForwarded, sum('packetsForwarded'), sum('packetsDropped')];
  const sent = Math.max(0, packets - last.packets);
  // What one side sends before the other has come is nobody's loss.
  const lost = bridge.isWhole ? Math.max(0, dropped - last.dropped) : 0;
  const droppedPercent = lost === 0 ? 0 : (100 * lost) / (sent + lost);
  return { bytes, packets, dropped, kbitPerS: rate(bytes - last.bytes, passedMs), droppedPercent };
}

/** 8 bit/byte over ms is kbit/s. */
function rate(bytes: number, passedMs: number): number {
  return (Math.max(0, bytes) * 8) / passedMs;
}
