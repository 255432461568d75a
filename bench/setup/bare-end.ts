/**
 * Plain WebRTC in a bare page: an RTCPeerConnection with Chromium's own ICE, candidates sent as they are found, the same picture and the
 * same encoder settings as ours.
 */
import type { Page } from '@playwright/test';
import {
  CAMERA_FRAMES_PER_SECOND,
  CAMERA_HEIGHT_PX,
  CAMERA_WIDTH_PX,
  FIRST_PICTURE_SCALE,
  START_BITRATE_KBPS,
  VIDEO_CEILING_BPS,
} from '../../src/renderer/media/constants.ts';

interface BareEnd {
  /** Opens the line to the other page and does once what a page's first connection would otherwise be slow by. */
  join(): Promise<void>;
  /** Opens the devices: before the call, so that no call waits for them. */
  open(): Promise<void>;
  /** Calls the other page, and says when: ms since 1970, with fractions. */
  call(): number;
  /** Gives back everything. Twice is fine. */
  end(): void;
}

declare global {
  /** In a bare page. */
  var bareEnd: BareEnd | undefined;
}

export interface BareOptions {
  readonly relayUrl: string;
  readonly iceServers: RTCIceServer[];
}

/** A secure origin, without which a page gets no camera; nothing is fetched from it. */
const ORIGIN = 'http://localhost/';

/** Makes `page` a bare one that has joined the relay and answers every call. */
export async function openBareEnd(page: Page, options: BareOptions): Promise<void> {
  await page.route(`${ORIGIN}**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>plain WebRTC</title>' }),
  );
  await page.addInitScript(defineBareEnd, {
    ...options,
    video: { width: CAMERA_WIDTH_PX, height: CAMERA_HEIGHT_PX, frameRate: CAMERA_FRAMES_PER_SECOND },
    encoding: { maxBitrate: VIDEO_CEILING_BPS, scaleResolutionDownBy: FIRST_PICTURE_SCALE },
    startBitrateKbps: START_BITRATE_KBPS,
  });
  await page.goto(ORIGIN);
  await page.evaluate(() => globalThis.bareEnd?.join());
}

/** Runs inside the page and can therefore use nothing from outside itself. */
function defineBareEnd(
  options: BareOptions & {
    video: { width: number; height: number; frameRate: number };
    encoding: RTCRtpEncodingParameters;
    startBitrateKbps: number;
  },
): void {
  const failed = (error: unknown) => console.error('The bare end failed:', error);
  let relay: WebSocket | undefined;
  let connection: RTCPeerConnection | undefined;
  let stream: MediaStream | undefined;
  let picture: HTMLVideoElement | undefined;
  /** One step of the negotiation after another. */
  let work = Promise.resolve();

  const say = (message: object) => relay?.send(JSON.stringify(message));
  const hurried = ({ type, sdp }: RTCSessionDescriptionInit): RTCSessionDescriptionInit => ({
    type,
    sdp: sdp?.replace(
      /a=rtpmap:(\d+) VP8\/90000\r\n/g,
      (line, payload) => `${line}a=fmtp:${payload} x-google-start-bitrate=${options.startBitrateKbps}\r\n`,
    ),
  });

  const make = (): RTCPeerConnection => {
    const made = new RTCPeerConnection({ iceServers: options.iceServers, bundlePolicy: 'max-bundle' });
    made.onicecandidate = ({ candidate }) => candidate && say({ candidate });
    made.ontrack = ({ track, streams }) => {
      if (track.kind !== 'video') return;
      picture = document.createElement('video');
      Object.assign(picture, {
        autoplay: true,
        muted: true,
        srcObject: streams[0] ?? new MediaStream([track]),
      });
      document.body.append(picture);
    };
    connection = made;
    return made;
  };

  const offer = async (): Promise<void> => {
    const made = make();
    for (const track of stream?.getTracks() ?? []) {
      const sendEncodings = track.kind === 'video' ? [options.encoding] : [{}];
      made.addTransceiver(track, { streams: stream ? [stream] : [], sendEncodings });
    }
    await made.setLocalDescription();
    say({ description: made.localDescription });
  };

  const answer = async (description: RTCSessionDescriptionInit): Promise<void> => {
    const made = make();
    await made.setRemoteDescription(hurried(description));
    for (const track of stream?.getTracks() ?? []) {
      const sender = stream && made.addTrack(track, stream);
      if (track.kind !== 'video' || !sender) continue;
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) Object.assign(encoding, options.encoding);
      await sender.setParameters(parameters);
    }
    await made.setLocalDescription();
    say({ description: made.localDescription });
  };

  const hear = async ({ description, candidate }: HeardMessage): Promise<void> => {
    if (description?.type === 'offer') await answer(description);
    else if (description) await connection?.setRemoteDescription(hurried(description));
    else if (candidate) await connection?.addIceCandidate(candidate);
  };

  interface HeardMessage {
    description?: RTCSessionDescriptionInit;
    candidate?: RTCIceCandidateInit;
  }

  globalThis.bareEnd = {
    async join() {
      const opened = new WebSocket(options.relayUrl);
      relay = opened;
      opened.onmessage = ({ data }) => {
        work = work.then(() => hear(JSON.parse(data))).catch(failed);
      };
      await new Promise((resolve, reject) => {
        opened.onopen = resolve;
        opened.onerror = reject;
      });
      const warm = new RTCPeerConnection();
      warm.addTransceiver('audio');
      warm.addTransceiver('video');
      await warm.setLocalDescription();
      warm.close();
    },
    async open() {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: options.video });
    },
    call() {
      const at = performance.timeOrigin + performance.now();
      work = work.then(offer).catch(failed);
      return at;
    },
    end() {
      connection?.close();
      connection = undefined;
      for (const track of stream?.getTracks() ?? []) track.stop();
      stream = undefined;
      picture?.remove();
    },
  };
}
