/** A status as a node in use gives it. */
import { DEFAULT_SETTINGS } from '../../engine/store/index.ts';
import type { StatusReport } from '../control-protocol.ts';

export function reportWith(
  volunteer: Partial<StatusReport['volunteer']> = {},
  others: Partial<StatusReport> = {},
): StatusReport {
  return {
    version: '1.2.3',
    pid: 4_711,
    startedMs: 1_800_000_000_000,
    server: { url: 'wss://meet.example.org', embedded: false, state: 'connected' },
    clockOffsetMs: 12,
    rules: { ...DEFAULT_SETTINGS.volunteer, enabled: true },
    volunteer: {
      state: 'offered',
      rest: null,
      bridges: [
        { ageS: 60, kbitPerS: 2_000, droppedPercent: 0 },
        { ageS: 5, kbitPerS: 500, droppedPercent: 0 },
      ],
      peopleHelped: 84,
      peopleHelpedEver: 90,
      bytesForwarded: 12_345_678_901,
      bytesForwardedEver: 12_345_678_902,
      refused: 3,
      worked: 42,
      failed: 1,
      days: [],
      month: { usedBytes: 120e9, allowanceBytes: 200e9, renewsMs: 1_802_000_000_000 },
      limit: { kbitPerS: 20_000, by: 'up' },
      reach: { callers: 'most', remedies: [] },
      cost: { cpuPercent: 2.1, memoryBytes: 95e6 },
      untold: ['in-use'],
      ...volunteer,
    },
    ...others,
  };
}
