/** The live numbers of a call, from two readings of getStats (W3C webrtc-stats). */

/** What one reading holds that the next one is compared with. */
export interface Reading {
  /** ms, of the report's own clock. */
  atMs: number;
  bytesReceived: number;
  bytesSent: number;
  packetsReceived: number;
  packetsLost: number;
  framesDecoded: number;
  /** Sum over all received sound, J (webrtc-stats: totalAudioEnergy). */
  audioEnergy: number;
  /** Between the two media ends by their RTCP reports (RFC 3550 §6.4.1); none before they tell. */
  rttMs: number | undefined;
  jitterMs: number | undefined;
  pictureIn: Picture | undefined;
  pictureOut: Picture | undefined;
}

export interface Picture {
  width: number;
  height: number;
  framesPerSecond: number;
  codec: string;
}

/** The numbers as a person reads them, over the time between two readings. */
export interface LiveNumbers {
  atMs: number;
  rttMs: number | undefined;
  jitterMs: number | undefined;
  /** Share of received packets that were lost, 0 to 100. */
  lossPercent: number;
  /** Bits a second. */
  bitrateIn: number;
  bitrateOut: number;
  pictureIn: Picture | undefined;
  pictureOut: Picture | undefined;
}

type Stat = Readonly<Record<string, unknown>>;

/** Sums up a report. Missing fields count as nothing, since what a report holds changes in the course of a call. */
export function readReport(report: { forEach(visit: (stat: Stat) => void): void }): Reading {
  const stats: Stat[] = [];
  report.forEach((stat) => {
    stats.push(stat);
  });
  const codecs = new Map(stats.filter(isType('codec')).map((stat) => [stat.id, codecName(stat)]));
  const inbound = stats.filter(isType('inbound-rtp'));
  const outbound = stats.filter(isType('outbound-rtp'));
  // Not that of the candidate pair: its other end is our own engine, on loopback.
  const roundTripsS = stats.filter(isType('remote-inbound-rtp')).map((stat) => stat.roundTripTime);
  const rttS = roundTripsS.find(isNumber);
  const jitterS = inbound.map((stat) => stat.jitter).filter(isNumber);
  return {
    atMs: stats.map((stat) => stat.timestamp).find(isNumber) ?? 0,
    bytesReceived: sum(inbound, 'bytesReceived'),
    bytesSent: sum(outbound, 'bytesSent'),
    packetsReceived: sum(inbound, 'packetsReceived'),
    packetsLost: sum(inbound, 'packetsLost'),
    framesDecoded: sum(inbound, 'framesDecoded'),
    audioEnergy: sum(inbound, 'totalAudioEnergy'),
    rttMs: rttS === undefined ? undefined : rttS * 1000,
    jitterMs: jitterS.length === 0 ? undefined : Math.max(...jitterS) * 1000,
    pictureIn: picture(inbound, codecs),
    pictureOut: picture(outbound, codecs),
  };
}

/** What happened between two readings. */
export function compare(before: Reading, now: Reading): LiveNumbers {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const received = Math.max(0, now.packetsReceived - before.packetsReceived);
  // A late packet is counted back out of `packetsLost`, so the difference can be negative (RFC 3550 §6.4.1).
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  return {
    atMs: now.atMs,
    rttMs: now.rttMs,
    jitterMs: now.jitterMs,
    lossPercent: received + lost === 0 ? 0 : (100 * lost) / (received + lost),
    bitrateIn: (8 * Math.max(0, now.bytesReceived - before.bytesReceived)) / seconds,
    bitrateOut: (8 * Math.max(0, now.bytesSent - before.bytesSent)) / seconds,
    pictureIn: now.pictureIn,
    pictureOut: now.pictureOut,
  };
}

const isType = (type: string) => (stat: Stat) => stat.type === type;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function sum(stats: readonly Stat[], field: string): number {
  return stats
    .map((stat) => stat[field])
    .reduce<number>((total, value) => total + (isNumber(value) ? value : 0), 0);
}

function codecName(stat: Stat): string {
  return typeof stat.mimeType === 'string' ? stat.mimeType.replace(/^.*\//, '') : '';
}

function picture(stats: readonly Stat[], codecs: ReadonlyMap<unknown, string>): Picture | undefined {
  const video = stats.find(
    (stat) => stat.kind === 'video' && isNumber(stat.frameWidth) && isNumber(stat.frameHeight),
  );
  if (video === undefined || !isNumber(video.frameWidth) || !isNumber(video.frameHeight)) return undefined;
  const { frameWidth: width, frameHeight: height } = video;
  if (width === 0 || height === 0) return undefined;
  const framesPerSecond = isNumber(video.framesPerSecond) ? Math.round(video.framesPerSecond) : 0;
  return { width, height, framesPerSecond, codec: codecs.get(video.codecId) ?? '' };
}
