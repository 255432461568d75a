import { describe, expect, it } from 'vitest';
import { compare, readReport } from './stats.ts';

const report = (stats: Record<string, unknown>[]) => new Map(stats.map((stat) => [String(stat.id), stat]));
const base = [
  { id: 'c1', type: 'codec', mimeType: 'video/VP8', timestamp: 1_000 },
  { id: 'p', type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.0004, timestamp: 1_000 },
  { id: 'r', type: 'remote-inbound-rtp', kind: 'audio', roundTripTime: 0.0384 },
  {
    id: 'a',
    type: 'inbound-rtp',
    kind: 'audio',
    bytesReceived: 4_000,
    packetsReceived: 50,
    packetsLost: 0,
    jitter: 0.002,
    totalAudioEnergy: 0.25,
  },
  {
    id: 'v',
    type: 'inbound-rtp',
    kind: 'video',
    bytesReceived: 96_000,
    packetsReceived: 100,
    packetsLost: 5,
    jitter: 0.004,
    framesDecoded: 30,
    frameWidth: 1280,
    frameHeight: 720,
    framesPerSecond: 29.7,
    codecId: 'c1',
  },
  { id: 'o', type: 'outbound-rtp', kind: 'video', bytesSent: 125_000 },
];

describe('the live numbers', () => {
  it('sum up a report', () => {
    expect(readReport(report(base))).toMatchObject({
      atMs: 1_000,
      bytesReceived: 100_000,
      bytesSent: 125_000,
      packetsLost: 5,
      framesDecoded: 30,
      audioEnergy: 0.25,
      rttMs: 38.4,
      jitterMs: 4,
      pictureIn: { width: 1280, height: 720, framesPerSecond: 30, codec: 'VP8' },
      pictureOut: undefined,
    });
  });

  it('are rates over the time between two readings', () => {
    const before = readReport(report(base));
    const now = {
      ...before,
      atMs: 3_000,
      bytesReceived: 600_000,
      bytesSent: 375_000,
      packetsReceived: 345,
      packetsLost: 10,
    };
    const live = compare(before, now);
    expect(live.bitrateIn).toBe(2_000_000);
    expect(live.bitrateOut).toBe(1_000_000);
    expect(live.lossPercent).toBeCloseTo((100 * 5) / 200);
  });

  it('never show a loss or rate below zero', () => {
    const before = readReport(report(base));
    const live = compare(before, { ...before, atMs: 2_000, packetsLost: 2, bytesReceived: 0 });
    expect(live).toMatchObject({ lossPercent: 0, bitrateIn: 0 });
  });

  it('survive an empty report', () => {
    expect(readReport(report([]))).toMatchObject({
      bytesReceived: 0,
      rttMs: undefined,
      pictureIn: undefined,
    });
  });
});
