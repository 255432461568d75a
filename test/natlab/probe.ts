/**
 * What is measured inside a page, the same for our interface and for a bare page with plain WebRTC. It stands between the page and the
 * browser's RTCPeerConnection and reads what the browser itself says of the connection.
 */
import type { Page } from '@playwright/test';

export interface ProbeReading {
  /** ms since 1970, with fractions. Absent until it happened. */
  readonly connectedAt?: number;
  /** The first picture of theirs that was decoded. */
  readonly firstVideoAt?: number;
  readonly framesDecoded: number;
  /** Round trip between the media ends by RTCP (RFC 3550 §6.4.1), ms; null before the first report. */
  readonly rttMs: number | null;
  /** The gaps in their sound since it began. */
  readonly audioGaps: readonly AudioGap[];
  /** Candidate types of the pair that carries, ours and theirs; null before there is one. */
  readonly pair: readonly [string, string] | null;
}

export interface AudioGap {
  /** ms since 1970, as exact as the readings. */
  readonly beganAt: number;
  readonly lengthMs: number;
}

interface Probe {
  /** A new call begins: forget what was. */
  reset(): void;
  reading(): Promise<ProbeReading>;
}

declare global {
  var labProbe: Probe | undefined;
}

/** How often to look for the first decoded picture: the times are as exact as this, ms. */
const PICTURE_INTERVAL_MS = 5;
/** How often the sound's counters are read, ms. The browser counts them anew every 50 ms. */
const SOUND_INTERVAL_MS = 50;
/** A shorter gap is not heard: what a jitter buffer bridges by stretching the sound around it, ms. */
const SHORTEST_GAP_MS = 40;

/** Puts the probe into every document the page will load. */
export async function installProbe(page: Page): Promise<void> {
  await page.addInitScript(defineProbe, {
    pictureIntervalMs: PICTURE_INTERVAL_MS,
    soundIntervalMs: SOUND_INTERVAL_MS,
    shortestGapMs: SHORTEST_GAP_MS,
  });
}

export async function resetProbe(page: Page): Promise<void> {
  await page.evaluate(() => globalThis.labProbe?.reset());
}

export async function readProbe(page: Page): Promise<ProbeReading> {
  const reading = await page.evaluate(() => globalThis.labProbe?.reading());
  if (reading === undefined) throw new Error('the page has no probe');
  return reading;
}

/** Runs inside the page and can therefore use nothing from outside itself. */
function defineProbe(options: {
  pictureIntervalMs: number;
  soundIntervalMs: number;
  shortestGapMs: number;
}): void {
  interface Sound {
    gaps: { beganAt: number; lengthMs: number }[];
    /** Samples made up so far, and those of them that the present gap consists of. */
    concealed: number | undefined;
    open: number;
    openedAt: number;
    rate: number;
  }
  const now = () => performance.timeOrigin + performance.now();
  let connectedAt: number | undefined;
  let firstVideoAt: number | undefined;
  /** The connection that was connected last: the one the call goes over. */
  let connection: RTCPeerConnection | undefined;
  let sound: Sound | undefined;

  const closeGap = (heard: Sound) => {
    const lengthMs = Math.round((heard.open / heard.rate) * 1_000);
    if (lengthMs > options.shortestGapMs) heard.gaps.push({ beganAt: heard.openedAt, lengthMs });
    heard.open = 0;
  };

  const statsOf = async (receiver: RTCRtpReceiver) => {
    const report = await receiver.getStats();
    return [...report.values()].find(({ type }) => type === 'inbound-rtp');
  };

  /**
   * A gap is a row of readings in each of which samples were made up for want of packets (webrtc-stats: concealedSamples); its length
   * is theirs. Silence that the other side really sent is no gap.
   */
  const listen = async (followed: RTCPeerConnection, heard: Sound): Promise<void> => {
    if (sound !== heard || followed.connectionState === 'closed') return;
    const receiver = followed.getReceivers().find(({ track }) => track.kind === 'audio');
    const stats = receiver && (await statsOf(receiver));
    if (stats !== undefined && stats.packetsReceived > 0) {
      const added = stats.concealedSamples - (heard.concealed ?? stats.concealedSamples);
      heard.concealed = stats.concealedSamples;
      if (stats.totalSamplesDuration > 0) {
        heard.rate = stats.totalSamplesReceived / stats.totalSamplesDuration;
      }
      if (added > 0 && heard.open === 0) heard.openedAt = now() - (added / heard.rate) * 1_000;
      if (added > 0) heard.open += added;
      else closeGap(heard);
    }
    setTimeout(() => void listen(followed, heard), options.soundIntervalMs);
  };

  const look = (followed: RTCPeerConnection) => {
    if (connection !== followed || firstVideoAt !== undefined || followed.connectionState === 'closed')
      return;
    const video = followed.getReceivers().find(({ track }) => track.kind === 'video');
    // Looking makes the page wait for the media threads: nothing is decoded before the first packet, which unmutes (webrtc-pc §5.3).
    if (video?.track.muted === true) {
      video.track.addEventListener('unmute', () => look(followed), { once: true });
      return;
    }
    // The time is that of a decoded frame given to the track (webrtc-pc §5.3.1).
    if ((video?.getSynchronizationSources().length ?? 0) > 0) firstVideoAt = now();
    else setTimeout(() => look(followed), options.pictureIntervalMs);
  };

  const Native = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState !== 'connected' || connection === this) return;
        connection = this;
        connectedAt ??= now();
        look(this);
        sound = { gaps: [], concealed: undefined, open: 0, openedAt: 0, rate: 48_000 };
        void listen(this, sound);
      });
    }
  };

  globalThis.labProbe = {
    reset() {
      connectedAt = undefined;
      firstVideoAt = undefined;
      connection = undefined;
      sound = undefined;
    },
    async reading() {
      let framesDecoded = 0;
      let rttMs: number | null = null;
      let pair: [string, string] | null = null;
      // Before the first picture there is nothing to count, and counting would take the processor from what is measured.
      const isSeen = firstVideoAt !== undefined;
      if (isSeen && connection !== undefined && connection.connectionState !== 'closed') {
        const stats = [...(await connection.getStats()).values()];
        for (const each of stats) {
          if (each.type === 'inbound-rtp') framesDecoded += each.framesDecoded ?? 0;
          if (each.type === 'remote-inbound-rtp' && each.roundTripTime !== undefined) {
            rttMs = Math.round(each.roundTripTime * 10_000) / 10;
          }
          if (each.type === 'transport') {
            const selected = stats.find(({ id }) => id === each.selectedCandidatePairId);
            const typeOf = (id: string) => stats.find((other) => other.id === id)?.candidateType ?? 'unknown';
            if (selected) pair = [typeOf(selected.localCandidateId), typeOf(selected.remoteCandidateId)];
          }
        }
      }
      const gaps = [...(sound?.gaps ?? [])];
      const openMs = sound ? Math.round((sound.open / sound.rate) * 1_000) : 0;
      return {
        connectedAt,
        firstVideoAt,
        framesDecoded,
        rttMs,
        audioGaps:
          openMs > options.shortestGapMs
            ? [...gaps, { beganAt: sound?.openedAt ?? 0, lengthMs: openMs }]
            : gaps,
        pair,
      };
    },
  };
}
