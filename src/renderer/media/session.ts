/**
 * The media of the call of this moment. It follows the engine's snapshots: a media end as the snapshot asks for it, own
 * devices from placing or answering on, tracks into the senders only when the snapshot allows it.
 */
import type { Settings } from '../../shared/app.ts';
import type { CallSnapshot, LocalEndpoint, ReadyOffer } from '../../shared/call.ts';
import type { MediaKind, MediaState } from '../../shared/words.ts';
import { engine } from '../app/engine.ts';
import { Capture, requestTogether, wouldAskTwice } from './capture.ts';
import { DESCRIBE_HEAD_START_MS, STATS_INTERVAL_MS, STATS_KEPT, WAKE_INTERVAL_MS } from './constants.ts';
import { readDevices } from './devices.ts';
import { clearMarks, mark } from './instruments.ts';
import { keepChoice, keptChoice } from './kept.ts';
import { PeerEnd } from './peer.ts';
import { type OfferedEnd, Spares } from './spares.ts';
import { compare, type Reading, readReport } from './stats.ts';
import { mediaStore } from './store.ts';

type DeviceSettings = Pick<Settings, 'microphoneId' | 'cameraId'>;

export class MediaSession {
  readonly #settings: () => DeviceSettings;
  readonly #microphone = new Capture('microphone', (microphone) => {
    mediaStore.setState({ microphone });
    this.#refresh();
  });
  readonly #camera = new Capture('camera', (camera) => {
    mediaStore.setState({ camera });
    this.#refresh();
  });
  readonly #spares = new Spares((answer) => tell(engine().calls.readyAnswer({ answer })));
  /** Went with the wish for a call; the engine's next snapshot asks for it. */
  #offered: OfferedEnd | undefined;
  #call: CallSnapshot | null = null;
  #peer: PeerEnd | undefined;
  #endpointId = '';
  #askedToRemake = '';
  #opened = false;
  /** The devices wait for the media end. */
  #whenDescribed: (() => void) | undefined;
  #toldState = '';
  #news: { readonly callId: string; readonly state: MediaState } | undefined;
  #reading: Reading | undefined;
  #wakeTimer: ReturnType<typeof setInterval> | undefined;
  #statsTimer: ReturnType<typeof setInterval> | undefined;

  constructor(settings: () => DeviceSettings) {
    this.#settings = settings;
  }

  /** Media ends are made ahead from here on. */
  start(): void {
    this.#spares.start();
  }

  /** A line to an engine stands, which may be another one than before. */
  engineFound(): void {
    this.#spares.tellAgain();
  }

  /** The offer that a call can be placed with, where one is ready. */
  takeOffer(): ReadyOffer | undefined {
    this.#offered?.peer.close();
    this.#offered = this.#spares.takeOffer();
    if (this.#offered === undefined) return undefined;
    const { endpointId, description } = this.#offered;
    return { endpointId, description };
  }

  /** Placing or answering: opens the microphone, and the camera for video, and waits for neither. */
  open(media: MediaKind): void {
    if (this.#opened) return;
    this.#opened = true;
    mediaStore.setState({ muted: false });
    const { microphoneId, cameraId } = this.#settings();
    void this.#openDevices(media, microphoneId, cameraId);
  }

  /** Follows the engine. */
  sync(call: CallSnapshot | null): void {
    if (call === null || call.phase === 'ended') {
      if (this.#call !== null) this.end();
      return;
    }
    if (this.#call !== null && this.#call.id !== call.id) this.end();
    if (this.#call === null && call.phase === 'incoming') clearMarks();
    this.#call = call;
    this.#syncPeer(call);
    this.#keepAwake(call.phase === 'incoming');
    if (!call.maySendMedia) return;
    mark('answeredAt');
    // Answered by other means than this page's button, or this page was loaded anew in mid-call.
    if (!this.#opened) this.#openAnew(call);
    this.#refresh();
    this.#peer?.expectMedia();
  }

  setMuted(muted: boolean): void {
    mediaStore.setState({ muted });
    const { microphone } = mediaStore.getState();
    // Unmuting is also how a person says "try again" after a problem.
    if (!muted && microphone.track === null) void this.#microphone.open(this.#settings().microphoneId);
    this.#refresh();
  }

  setCamera(on: boolean): void {
    if (on) void this.#camera.open(this.#settings().cameraId).then(readDevices);
    else this.#camera.close();
  }

  /** Another device was chosen: used at once where the old one is in use. */
  devicesChosen({ microphoneId, cameraId }: DeviceSettings, before: DeviceSettings): void {
    if (!this.#opened) return;
    if (microphoneId !== before.microphoneId) void this.#microphone.open(microphoneId);
    if (cameraId !== before.cameraId && this.#camera.state.wanted) void this.#camera.open(cameraId);
  }

  /** Something was plugged in or pulled out. */
  devicesChanged(): void {
    this.#microphone.devicesChanged();
    this.#camera.devicesChanged();
  }

  frameSeen(): void {
    this.#peer?.frameSeen();
  }

  async reading(): Promise<Reading | null> {
    if (this.#peer === undefined) return null;
    const reading = readReport(await this.#peer.stats());
    // Before the media's own reports tell a round trip, the path's checks have.
    return { ...reading, rttMs: reading.rttMs ?? this.#call?.path.active?.rttMs };
  }

  /** Gives back everything the call held. Twice is fine. */
  end(): void {
    this.#keepAwake(false);
    this.#closePeer();
    this.#offered?.peer.close();
    this.#offered = undefined;
    this.#spares.prepare();
    this.#microphone.close();
    this.#camera.close();
    this.#call = null;
    this.#opened = false;
    this.#toldState = '';
    mediaStore.setState({ muted: false });
  }

  /** The page goes away. */
  stop(): void {
    this.#spares.stop();
    this.end();
  }

  /** As the person had it before the page was loaded anew: what was muted or off stays so. */
  #openAnew(call: CallSnapshot): void {
    const kept = keptChoice(sessionStorage, call.id);
    if (kept === undefined) {
      this.open(call.media);
      return;
    }
    this.open(kept.camera ? 'video' : 'audio');
    mediaStore.setState({ muted: kept.muted });
  }

  async #openDevices(media: MediaKind, microphoneId: string, cameraId: string): Promise<void> {
    if (media === 'audio') {
      await this.#microphone.open(microphoneId);
    } else {
      const callId = this.#call?.id;
      const together = (await wouldAskTwice()) ? requestTogether(microphoneId, cameraId) : undefined;
      if (together === undefined) await this.#described();
      // The call may have ended meanwhile.
      if (!this.#opened || (callId !== undefined && this.#call?.id !== callId)) return;
      await Promise.all([
        this.#microphone.open(microphoneId, together?.microphone),
        this.#camera.open(cameraId, together?.camera),
      ]);
    }
    await readDevices();
  }

  /** Once our media end has described itself, or has taken too long. */
  #described(): Promise<void> {
    const peer = this.#peer;
    if (peer === undefined || peer.description !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, DESCRIBE_HEAD_START_MS);
      this.#whenDescribed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** While it rings here: what the answer will need is awake, and no device is open. */
  #keepAwake(ringing: boolean): void {
    if (ringing && this.#wakeTimer === undefined) {
      void readDevices();
      this.#wakeTimer = setInterval(() => void readDevices(), WAKE_INTERVAL_MS);
    } else if (!ringing) {
      clearInterval(this.#wakeTimer);
      this.#wakeTimer = undefined;
    }
  }

  #syncPeer(call: CallSnapshot): void {
    const { endpoint } = call;
    if (endpoint === undefined) {
      this.#closePeer();
      return;
    }
    if (endpoint.id !== this.#endpointId) {
      this.#closePeer();
      const isOurs = this.#offered?.endpointId === endpoint.id || this.#spares.isReady(endpoint.id);
      if (endpoint.described && !isOurs) {
        // A page before this one made it, and is gone: reloaded, or crashed. The call goes on with a new one.
        this.#remake(call.id, endpoint.id);
        return;
      }
      this.#peer = this.#openPeer(call.id, endpoint);
      this.#endpointId = endpoint.id;
    }
    if (endpoint.remote !== undefined) this.#peer?.applyRemote(endpoint.remote);
  }

  #remake(callId: string, endpointId: string): void {
    if (this.#askedToRemake === endpointId) return;
    this.#askedToRemake = endpointId;
    tell(engine().calls.remakeEndpoint({ callId, endpointId }));
  }

  /** The one made ahead for this endpoint, or for its role, or a new one. */
  #takePeer({ id, role }: LocalEndpoint): PeerEnd {
    const offered = this.#offered;
    this.#offered = undefined;
    if (offered?.endpointId === id) return offered.peer;
    offered?.peer.close();
    return (role === 'answerer' ? this.#spares.takeAnswerer(id) : undefined) ?? new PeerEnd(role);
  }

  #openPeer(callId: string, endpoint: LocalEndpoint): PeerEnd {
    const endpointId = endpoint.id;
    const remote = new MediaStream();
    mediaStore.setState({ remote, remotePicture: false, numbers: [] });
    this.#statsTimer = setInterval(() => void this.#readNumbers(), STATS_INTERVAL_MS);
    const peer = this.#takePeer(endpoint);
    const whenDescribed = () => this.#whenDescribed?.();
    peer.join({
      described(description) {
        if (!endpoint.described) tell(engine().calls.describe({ callId, endpointId, description }));
        whenDescribed();
      },
      outdated: () => {
        if (endpoint.described) this.#remake(callId, endpointId);
      },
      remoteTrack: (track) => {
        if (track.kind === 'video') remote.addTrack(track);
        // An element that was given an empty stream would wait for a picture all the same.
        else mediaStore.setState({ remoteSound: new MediaStream([track]) });
      },
      reached: (event) => {
        if (event === 'connected') {
          mark('endpointConnectedAt');
          mediaStore.setState({ connected: true });
        }
        if (event === 'first-audio') mark('firstRemoteAudioAt');
        if (event === 'first-video') {
          mark('firstRemoteVideoAt');
          mediaStore.setState({ remotePicture: true });
        }
        tell(engine().calls.mediaEvent({ callId, endpointId, event }));
      },
    });
    return peer;
  }

  #closePeer(): void {
    clearInterval(this.#statsTimer);
    this.#peer?.close();
    this.#peer = undefined;
    this.#endpointId = '';
    this.#reading = undefined;
    mediaStore.setState({
      connected: false,
      remote: null,
      remoteSound: null,
      remotePicture: false,
      numbers: [],
    });
  }

  /** Brings the senders, the mute and what the other side is told in line with the devices. */
  #refresh(): void {
    const { microphone, camera, muted } = mediaStore.getState();
    if (microphone.track !== null) microphone.track.enabled = !muted;
    const call = this.#call;
    if (call === null || !call.maySendMedia) return;
    this.#peer?.send('audio', microphone.track);
    this.#peer?.send('video', camera.track);
    const state = {
      microphone: microphone.wanted && microphone.problem === null && !muted,
      camera: camera.wanted && camera.problem === null,
    };
    // Between the answer and the devices' opening there is nothing true to say yet.
    if (!microphone.wanted) return;
    keepChoice(sessionStorage, call.id, { muted, camera: camera.wanted });
    this.#tellState(call.id, state);
  }

  /** Once for all that changes in one turn: two devices that open together are one piece of news. */
  #tellState(callId: string, state: MediaState): void {
    const isQueued = this.#news !== undefined;
    this.#news = { callId, state };
    if (isQueued) return;
    queueMicrotask(() => {
      const news = this.#news;
      this.#news = undefined;
      const told = JSON.stringify(news);
      if (news === undefined || news.callId !== this.#call?.id || told === this.#toldState) return;
      this.#toldState = told;
      tell(engine().calls.setMediaState(news));
    });
  }

  async #readNumbers(): Promise<void> {
    const now = await this.reading();
    const before = this.#reading;
    if (now === null || this.#peer === undefined) return;
    this.#reading = now;
    if (before === undefined || this.#call?.maySendMedia !== true) return;
    const { numbers } = mediaStore.getState();
    mediaStore.setState({ numbers: [...numbers, compare(before, now)].slice(-STATS_KEPT) });
  }
}

/** A new outgoing call: its marks start here. */
export function markPlaced(): void {
  clearMarks();
  mark('placedAt');
}

/** What the engine is told needs no answer; a call that is already over refuses it, which is no news. */
function tell(said: Promise<unknown>): void {
  said.catch((error: unknown) => console.info('The engine did not take it:', error));
}
