/**
 * A media end for measuring, run inside a page: an RTCPeerConnection that sends a picture of noise, which no encoder can
 * make small, so that the wanted bitrate is really sent. The same end is used with and without a tunnel.
 */
import type { JSHandle, Page } from '@playwright/test';

/** Ceiling of the picture, bits/s: with the voice, headers and reports beside it a side sends 2.5 Mbit/s. */
export const VIDEO_BITS_PER_S = 2_350_000;

export interface MediaEndStats {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  /** Round trip of the voice by the last RTCP report (RFC 3550 §6.4.1), ms; 0 before the first. */
  readonly rttMs: number;
  /** How many reports told a round trip so far. */
  readonly roundTrips: number;
  readonly connected: boolean;
}

interface PageEnd {
  offer(): Promise<string>;
  answer(offer: string): Promise<string>;
  accept(answer: string): Promise<void>;
  candidates(): Promise<string>;
  add(candidates: string): Promise<void>;
  stats(): Promise<MediaEndStats>;
  close(): void;
}

declare global {
  /** In the page: makes an end. */
  var makeMeasuredEnd: (() => PageEnd) | undefined;
}

/** One end in a page, driven from here. */
export type MediaEnd = JSHandle<PageEnd>;

/** Makes an end in `page`, which must have been loaded from a secure origin. */
export async function openMediaEnd(page: Page): Promise<MediaEnd> {
  await defineMediaEnd(page);
  return page.evaluateHandle(() => {
    if (!globalThis.makeMeasuredEnd) throw new Error('the page was not prepared');
    return globalThis.makeMeasuredEnd();
  });
}

async function defineMediaEnd(page: Page): Promise<void> {
  await page.evaluate((videoBitsPerS) => {
    if (globalThis.makeMeasuredEnd) return;

    const noise = (): MediaStreamTrack => {
      const canvas = document.createElement('canvas');
      canvas.width = 640;
      canvas.height = 360;
      document.body.append(canvas);
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      const image = context.createImageData(canvas.width, canvas.height);
      const words = new Uint32Array(image.data.buffer);
      let seed = 1;
      setInterval(() => {
        for (let index = 0; index < words.length; index += 1) {
          seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
          words[index] = seed | 0xff000000;
        }
        context.putImageData(image, 0, 0);
      }, 33);
      const [track] = canvas.captureStream(30).getVideoTracks();
      if (!track) throw new Error('no video track');
      return track;
    };
    const tone = (): MediaStreamTrack => {
      const audio = new AudioContext();
      const oscillator = audio.createOscillator();
      const out = audio.createMediaStreamDestination();
      oscillator.connect(out);
      oscillator.start();
      const [track] = out.stream.getAudioTracks();
      if (!track) throw new Error('no audio track');
      return track;
    };

    globalThis.makeMeasuredEnd = () => {
      const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      const found: RTCIceCandidateInit[] = [];
      connection.onicecandidate = ({ candidate }) => {
        if (candidate) found.push(candidate.toJSON());
      };
      connection.ontrack = ({ streams, track }) => {
        const element = document.createElement(track.kind === 'video' ? 'video' : 'audio');
        element.autoplay = true;
        element.muted = true;
        (element as HTMLMediaElement).srcObject = streams[0] ?? new MediaStream([track]);
        document.body.append(element);
      };
      const send = async () => {
        for (const transceiver of connection.getTransceivers()) {
          transceiver.direction = 'sendrecv';
          const { sender } = transceiver;
          const kind = transceiver.receiver.track.kind;
          await sender.replaceTrack(kind === 'video' ? noise() : tone());
          if (kind !== 'video') continue;
          const parameters = sender.getParameters();
          for (const encoding of parameters.encodings) encoding.maxBitrate = videoBitsPerS;
          parameters.degradationPreference = 'maintain-resolution';
          await sender.setParameters(parameters);
        }
      };
      // Without this the bandwidth estimate needs half a minute to reach the wanted bitrate.
      const hurried = (sdp: string) =>
        sdp.replace(
          /a=rtpmap:(\d+) VP8\/90000\r\n/g,
          (line, payload) => `${line}a=fmtp:${payload} x-google-start-bitrate=2500\r\n`,
        );
      return {
        async offer() {
          connection.addTransceiver('audio');
          connection.addTransceiver('video');
          await send();
          await connection.setLocalDescription();
          return connection.localDescription?.sdp ?? '';
        },
        async answer(offer) {
          await connection.setRemoteDescription({ type: 'offer', sdp: hurried(offer) });
          await send();
          await connection.setLocalDescription();
          return connection.localDescription?.sdp ?? '';
        },
        async accept(answer) {
          await connection.setRemoteDescription({ type: 'answer', sdp: hurried(answer) });
        },
        async candidates() {
          if (connection.iceGatheringState !== 'complete') {
            await new Promise<void>((resolve) => {
              connection.onicegatheringstatechange = () => {
                if (connection.iceGatheringState === 'complete') resolve();
              };
            });
          }
          return JSON.stringify(found);
        },
        async add(candidates) {
          for (const candidate of JSON.parse(candidates)) await connection.addIceCandidate(candidate);
        },
        async stats() {
          const sum = {
            bytesSent: 0,
            bytesReceived: 0,
            packetsSent: 0,
            packetsReceived: 0,
            packetsLost: 0,
            framesDecoded: 0,
            rttMs: 0,
            roundTrips: 0,
            connected: connection.connectionState === 'connected',
          };
          const report = await connection.getStats();
          for (const entry of report.values()) {
            if (entry.type === 'transport') {
              sum.bytesSent += entry.bytesSent;
              sum.bytesReceived += entry.bytesReceived;
              sum.packetsSent += entry.packetsSent;
              sum.packetsReceived += entry.packetsReceived;
            } else if (entry.type === 'inbound-rtp') {
              sum.packetsLost += entry.packetsLost;
              sum.framesDecoded += entry.framesDecoded ?? 0;
            } else if (entry.type === 'remote-inbound-rtp' && entry.kind === 'audio') {
              sum.rttMs = (entry.roundTripTime ?? 0) * 1000;
              sum.roundTrips = entry.roundTripTimeMeasurements ?? 0;
            }
          }
          return sum;
        },
        close() {
          connection.close();
        },
      };
    };
  }, VIDEO_BITS_PER_S);
}
