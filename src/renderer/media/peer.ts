/** The WebRTC end of one call: an RTCPeerConnection that is connected while it rings, and gets its tracks on the answer. */
import { asNobodysOffer, saySame, takeCandidates } from '../../shared/description.ts';
import type { Description, MediaKind } from '../../shared/words.ts';
import {
  FIRST_PICTURE_SCALE,
  FIRSTS_INTERVAL_MS,
  FIRSTS_PATIENCE_MS,
  SHARPEN_AFTER_MS,
  STATS_INTERVAL_MS,
  VIDEO_CEILING_BPS,
} from './constants.ts';
import { withStartBitrate } from './start-bitrate.ts';

const ICE_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** An answer that was made before there is a call, and the offer that it answers. */
export interface AnswerAhead {
  readonly offer: Description;
  readonly description: Description;
}

export interface PeerEvents {
  described(description: Description): void;
  /** Made ahead for another kind of offer after all: the other side has been told what is not so. */
  outdated(): void;
  /** `failed` also for a description that cannot be used. */
  reached(event: 'connected' | 'failed' | 'first-audio' | 'first-video'): void;
  remoteTrack(track: MediaStreamTrack): void;
}

export class PeerEnd {
  readonly #connection: RTCPeerConnection;
  #events: PeerEvents | undefined;
  readonly #offerer: boolean;
  #description: Description | undefined;
  #ahead: AnswerAhead | undefined;
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null> = { audio: null, video: null };
  /** Both our tracks say that they belong to one stream, so that the other side keeps lips and voice together. */
  readonly #stream = new MediaStream();
  readonly #reached = new Set<string>();
  readonly #remoteTracks: MediaStreamTrack[] = [];
  #remoteSdp = '';
  #work: Promise<void> = Promise.resolve();
  #firsts: ReturnType<typeof setTimeout> | undefined;
  #sharpen: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** An offerer describes itself at once; an answerer when it is given an offer. `join` says who is told. */
  constructor(role: 'offerer' | 'answerer') {
    this.#offerer = role === 'offerer';
    // No servers: the only remote candidate is our own engine on loopback (docs/architecture.md).
    this.#connection = new RTCPeerConnection({
      iceServers: [],
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'require',
      // Ports are opened now and not when there is a description to make.
      iceCandidatePoolSize: 1,
    });
    this.#connection.addEventListener('connectionstatechange', () => {
      const state = this.#connection.connectionState;
      if (state === 'connected' || state === 'failed') this.#reach(state);
    });
    this.#connection.addEventListener('track', ({ track }) => {
      this.#remoteTracks.push(track);
      this.#events?.remoteTrack(track);
      // The first RTP packet of a track unmutes it (webrtc-pc §5.3); some browsers do it while nothing comes yet.
      track.addEventListener('unmute', () => {
        if (track.kind === 'audio' && this.#firsts !== undefined) this.#reach('first-audio');
      });
    });
    if (this.#offerer) this.#then(() => this.#offer());
  }

  /** Its own description, once it is made. */
  get description(): Description | undefined {
    return this.#description;
  }

  /** An offerer's own description, when it is made; undefined where it failed. */
  async made(): Promise<Description | undefined> {
    await this.#work;
    return this.#description;
  }

  /**
   * An answerer: answers an offer of this form before there is one. What is slow in a negotiation is done then, and what the caller has to
   * know of this end does not change any more: an offer of the same form, with the same ICE credentials, is answered by the same words.
   */
  async prepareAnswer(form: Description): Promise<AnswerAhead | undefined> {
    const offer = { type: form.type, sdp: asNobodysOffer(form.sdp, randomText(8), randomText(24)) };
    this.#then(async () => {
      await this.#answerTo(offer);
      const { localDescription } = this.#connection;
      if (localDescription?.type !== 'answer') return;
      await this.#encodeVideo(FIRST_PICTURE_SCALE);
      this.#ahead = { offer, description: { type: 'answer', sdp: localDescription.sdp } };
    });
    await this.#work;
    return this.#ahead;
  }

  get hasFailed(): boolean {
    return this.#reached.has('failed');
  }

  /** A call takes it: what it does is told there from now on, and what it has described so far at once. */
  join(events: PeerEvents): void {
    this.#events = events;
    for (const track of this.#remoteTracks) events.remoteTrack(track);
    if (this.#description !== undefined) events.described(this.#description);
    if (this.hasFailed) events.reached('failed');
  }

  /** The other side's description; the same one a second time does nothing. */
  applyRemote(description: Description): void {
    if (description.sdp === this.#remoteSdp) return;
    this.#remoteSdp = description.sdp;
    const remote = { type: description.type, sdp: withStartBitrate(description.sdp) };
    this.#then(() => (this.#offerer ? this.#connection.setRemoteDescription(remote) : this.#answer(remote)));
  }

  /** Puts a track into its sender, or takes it out. Nothing waits for a new negotiation. */
  send(kind: MediaKind, track: MediaStreamTrack | null): void {
    if (this.#tracks[kind] === track) return;
    this.#tracks[kind] = track;
    const sender = this.#transceiver(kind)?.sender;
    // Without a sender yet the answer being made puts it in.
    if (sender !== undefined) this.#settle(sender.replaceTrack(track));
    if (kind === 'video' && track !== null) this.#sharpenLater();
  }

  /** From the answer on: look for the first sound and the first frame. Calling it again does nothing. */
  expectMedia(): void {
    if (this.#firsts !== undefined || this.#closed) return;
    const since = performance.now();
    const look = () => {
      if (this.#closed) return;
      for (const receiver of this.#connection.getReceivers()) {
        // For video the time is that of a decoded frame given to the track (webrtc-pc §5.3.1).
        if (receiver.getSynchronizationSources().length > 0) {
          this.#reach(receiver.track.kind === 'audio' ? 'first-audio' : 'first-video');
        }
      }
      if (this.#reached.has('first-audio') && this.#reached.has('first-video')) return;
      const eager = performance.now() - since < FIRSTS_PATIENCE_MS;
      this.#firsts = setTimeout(look, eager ? FIRSTS_INTERVAL_MS : STATS_INTERVAL_MS);
    };
    this.#firsts = setTimeout(look, 0);
  }

  /** A frame of theirs is on screen. */
  frameSeen(): void {
    this.#reach('first-video');
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#firsts);
    clearTimeout(this.#sharpen);
    this.#connection.close();
  }

  async #offer(): Promise<void> {
    this.#connection.addTransceiver('audio', { direction: 'sendrecv', streams: [this.#stream] });
    this.#connection.addTransceiver('video', {
      direction: 'sendrecv',
      streams: [this.#stream],
      sendEncodings: [{ maxBitrate: VIDEO_CEILING_BPS, scaleResolutionDownBy: FIRST_PICTURE_SCALE }],
    });
    await this.#connection.setLocalDescription();
    this.#describe();
    await this.#putTracksIn();
  }

  async #answer(offer: Description): Promise<void> {
    if (this.#ahead === undefined) {
      await this.#answerTo(offer);
      this.#describe();
      await this.#encodeVideo(FIRST_PICTURE_SCALE);
    } else {
      await this.#answerAgain(offer, this.#ahead.description.sdp);
    }
    await this.#putTracksIn();
  }

  /**
   * The real offer, to an end that has answered nobody's. It can reach its engine only when the new fingerprint counts, which is from our
   * answer on (RFC 8829 §5.11): with a way to go before, DTLS would begin for nobody and say so to the other side.
   */
  async #answerAgain({ type, sdp }: Description, told: string): Promise<void> {
    const [withoutWay, way] = takeCandidates(sdp);
    await this.#answerTo({ type, sdp: withoutWay });
    for (const candidate of way) await this.#connection.addIceCandidate({ candidate, sdpMLineIndex: 0 });
    this.#describe();
    if (!saySame(told, this.#description?.sdp ?? '')) this.#events?.outdated();
  }

  async #answerTo(offer: Description): Promise<void> {
    await this.#connection.setRemoteDescription(offer);
    if (this.#ahead === undefined) {
      for (const transceiver of this.#connection.getTransceivers()) {
        transceiver.direction = 'sendrecv';
        transceiver.sender.setStreams(this.#stream);
      }
    }
    await this.#connection.setLocalDescription();
  }

  async #encodeVideo(scaleResolutionDownBy: number): Promise<void> {
    const video = this.#transceiver('video')?.sender;
    if (video === undefined) return;
    const parameters = video.getParameters();
    for (const encoding of parameters.encodings) {
      encoding.maxBitrate = VIDEO_CEILING_BPS;
      encoding.scaleResolutionDownBy = scaleResolutionDownBy;
    }
    await video.setParameters(parameters);
  }

  #sharpenLater(): void {
    this.#sharpen ??= setTimeout(() => this.#then(() => this.#encodeVideo(1)), SHARPEN_AFTER_MS);
  }

  #describe(): void {
    const description = this.#connection.localDescription;
    if (description === null || (description.type !== 'offer' && description.type !== 'answer')) return;
    this.#description = { type: description.type, sdp: description.sdp };
    this.#events?.described(this.#description);
  }

  async #putTracksIn(): Promise<void> {
    for (const kind of ['audio', 'video'] as const) {
      await this.#transceiver(kind)?.sender.replaceTrack(this.#tracks[kind]);
    }
  }

  #transceiver(kind: MediaKind): RTCRtpTransceiver | undefined {
    return this.#connection.getTransceivers().find(({ receiver }) => receiver.track.kind === kind);
  }

  /** One negotiation step after another. */
  #then(step: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => (this.#closed ? undefined : step()))
      .catch((error) => this.#failed(error));
  }

  #settle(step: Promise<void>): void {
    step.catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    // Closing in the middle of a step makes that step fail, which is no news.
    if (this.#closed) return;
    console.error('The media end failed:', error);
    this.#reach('failed');
  }

  #reach(event: 'connected' | 'failed' | 'first-audio' | 'first-video'): void {
    if (this.#closed || this.#reached.has(event)) return;
    this.#reached.add(event);
    this.#events?.reached(event);
  }
}

/** Text of the alphabet of ICE credentials (RFC 8839 §5.4), from six random bits a character. */
function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => ICE_CHARACTERS[byte % ICE_CHARACTERS.length]).join('');
}
