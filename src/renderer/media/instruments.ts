/** What tests and the demo may read: only present when the address holds `instrument=1`. */
import type { CallSnapshot } from '../../shared/call.ts';
import type { NetworkReport } from '../../shared/network.ts';
import type { Reading } from './stats.ts';

/** Moments of the call, ms since 1970 with fractions (performance.timeOrigin + performance.now()). */
export interface Marks {
  placedAt?: number;
  answeredAt?: number;
  endpointConnectedAt?: number;
  firstRemoteVideoAt?: number;
  firstRemoteAudioAt?: number;
}

export interface InstrumentReading {
  framesDecoded: number;
  audioEnergy: number;
  packetsLost: number;
  rttMs: number | undefined;
}

/** What the engine says now, as it was mirrored last. */
export interface EngineWord {
  call(): CallSnapshot | null;
  network(): NetworkReport | null;
}

declare global {
  interface Window {
    bywayInstruments?: EngineWord & { stats(): Promise<InstrumentReading | null>; marks: Marks };
  }
}

const marks: Marks = {};
const wanted = () => /[?&#]instrument=1\b/.test(location.search + location.hash);

/** Offers the instruments on `window` when the address asks for them. */
export function offerInstruments(read: () => Promise<Reading | null>, engine: EngineWord): void {
  if (!wanted()) return;
  window.bywayInstruments = {
    ...engine,
    marks,
    async stats() {
      const reading = await read();
      if (reading === null) return null;
      const { framesDecoded, audioEnergy, packetsLost, rttMs } = reading;
      return { framesDecoded, audioEnergy, packetsLost, rttMs };
    },
  };
}

/** Notes that something happens now, the first time in this call. */
export function mark(moment: keyof Marks): void {
  marks[moment] ??= performance.timeOrigin + performance.now();
}

/** A new call starts with empty marks. */
export function clearMarks(): void {
  for (const moment of Object.keys(marks) as (keyof Marks)[]) delete marks[moment];
}
