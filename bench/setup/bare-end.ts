/**
 * Plain WebRTC in a bare page: an RTCPeerConnection with Chromium's own ICE, candidates sent as they are found, the same picture and the
 * same encoder settings as ours.
 *
 * Where the connection fails or the browser tells of another network, the caller makes an ICE restart at once (webrtc-pc §4.4.3.2
 * restartIce), asked by the other side where that one notices first: only one side offers, so that offers never cross. Its line to the
 * signalling may be as dead as the path, so what is said then goes over a new line too.
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
  /** Makes an ICE restart, or asks the caller for one. */
  restart(): void;
  /** How many the caller has made in this call. */
  restarts(): number;
  /** At which relayed addresses the pair that carries ends, ours first; empty where it is direct. */
  relayedAt(): Promise<readonly string[]>;
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
  /** A restart that brought nothing for so long is made again, ms. */
  const restartAgainMs = 3_000;
  const failed = (error: unknown) => console.error('The bare end failed:', error);
  const name = Math.random().toString(36).slice(2);
  /** The lines to the relay, the newest last: an older one may be dead, or the only one that stands yet. */
  let lines: WebSocket[] = [];
  let said = 0;
  /** Number of the last message heard of each end: what comes over two lines is heard once. */
  const heard = new Map<string, number>();
  let isCaller = false;
  let restartsMade = 0;
  let restartTimer: ReturnType<typeof setTimeout> | undefined;
  let connection: RTCPeerConnection | undefined;
  let stream: MediaStream | undefined;
  let picture: HTMLVideoElement | undefined;
  /** One step of the negotiation after another. */
  let work = Promise.resolve();

  const say = (message: object) => {
    const text = JSON.stringify({ ...message, from: name, number: ++said });
    for (const line of lines) {
      if (line.readyState === WebSocket.OPEN) line.send(text);
      else if (line.readyState === WebSocket.CONNECTING) line.addEventListener('open', () => line.send(text));
    }
  };
  const openLine = (): WebSocket => {
    const opened = new WebSocket(options.relayUrl);
    opened.onmessage = ({ data }) => {
      const message: HeardMessage = JSON.parse(data);
      // Over another line of ours, or for the second time.
      if (message.from === name || message.number <= (heard.get(message.from) ?? 0)) return;
      heard.set(message.from, message.number);
      work = work.then(() => hear(message)).catch(failed);
    };
    for (const old of lines.slice(0, -1)) old.close();
    lines = [...lines.slice(-1), opened];
    return opened;
  };
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
    made.oniceconnectionstatechange = () => {
      if (made === connection && isBroken()) restart();
    };
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

  const isBroken = () => ['disconnected', 'failed'].includes(connection?.iceConnectionState ?? '');

  const restart = (): void => {
    // One after another: the answer to this one may be on its way.
    if (connection === undefined || restartTimer !== undefined) return;
    restartTimer = setTimeout(() => {
      restartTimer = undefined;
      if (isBroken()) restart();
    }, restartAgainMs);
    openLine();
    if (isCaller) work = work.then(offerAgain).catch(failed);
    else say({ wantsRestart: true });
  };

  const offerAgain = async (): Promise<void> => {
    if (connection === undefined) return;
    restartsMade++;
    connection.restartIce();
    await connection.setLocalDescription();
    say({ description: connection.localDescription, isRestart: true });
  };

  const answerAgain = async (description: RTCSessionDescriptionInit): Promise<void> => {
    await connection?.setRemoteDescription(hurried(description));
    await connection?.setLocalDescription();
    say({ description: connection?.localDescription });
  };

  const hear = async ({ description, candidate, isRestart, wantsRestart }: HeardMessage): Promise<void> => {
    if (wantsRestart) restart();
    else if (description?.type === 'offer' && isRestart) await answerAgain(description);
    else if (description?.type === 'offer') await answer(description);
    else if (description) await connection?.setRemoteDescription(hurried(description));
    else if (candidate) await connection?.addIceCandidate(candidate);
  };

  interface HeardMessage {
    from: string;
    /** From 1 on. */
    number: number;
    isRestart?: boolean;
    wantsRestart?: boolean;
    description?: RTCSessionDescriptionInit;
    candidate?: RTCIceCandidateInit;
  }

  globalThis.bareEnd = {
    async join() {
      const opened = openLine();
      globalThis.addEventListener('online', restart);
      // Not in the type library: Chromium and few others tell of another network there.
      (navigator as Navigator & { connection?: EventTarget }).connection?.addEventListener('change', restart);
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
      isCaller = true;
      work = work.then(offer).catch(failed);
      return at;
    },
    restart,
    restarts: () => restartsMade,
    async relayedAt() {
      const stats = [...((await connection?.getStats())?.values() ?? [])];
      const transport = stats.find(({ type }) => type === 'transport');
      const pair = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
      return [pair?.localCandidateId, pair?.remoteCandidateId].flatMap((id) => {
        const candidate = stats.find((each) => each.id === id);
        return candidate?.candidateType === 'relay' ? [candidate.address] : [];
      });
    },
    end() {
      clearTimeout(restartTimer);
      restartTimer = undefined;
      restartsMade = 0;
      isCaller = false;
      connection?.close();
      connection = undefined;
      for (const track of stream?.getTracks() ?? []) track.stop();
      stream = undefined;
      picture?.remove();
    },
  };
}
