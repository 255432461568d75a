/** One microphone or camera: opened when it is wanted, closed (its light goes out) when it is not. */
import { CAMERA_FRAMES_PER_SECOND, CAMERA_HEIGHT_PX, CAMERA_WIDTH_PX } from './constants.ts';
import { type CaptureProblem, captureProblem } from './problems.ts';

export type CaptureKind = 'microphone' | 'camera';

export interface CaptureState {
  /** A person wants it on; it may still be opening, or fail. */
  wanted: boolean;
  track: MediaStreamTrack | null;
  problem: CaptureProblem | null;
}

export const captureOff: CaptureState = { wanted: false, track: null, problem: null };

export class Capture {
  readonly #kind: CaptureKind;
  readonly #changed: (state: CaptureState) => void;
  #state = captureOff;
  #deviceId = '';
  /** Grows with every open and close; an answer to an older question is put away unused. */
  #generation = 0;

  constructor(kind: CaptureKind, changed: (state: CaptureState) => void) {
    this.#kind = kind;
    this.#changed = changed;
  }

  get state(): CaptureState {
    return this.#state;
  }

  /**
   * Opens the device, or another one than before. The old track goes on until the new one is there. A failure becomes a
   * `problem` in the state. `granted` gives a track that was asked for together with another device's.
   */
  async open(deviceId: string, granted?: Promise<MediaStreamTrack | undefined>): Promise<void> {
    const generation = ++this.#generation;
    this.#deviceId = deviceId;
    this.#set({ ...this.#state, wanted: true, problem: null });
    try {
      const together = await granted;
      // Closed meanwhile: its light must not go on for nobody.
      if (together === undefined && generation !== this.#generation) return;
      const track = together ?? (await requestTrack(this.#kind, deviceId));
      if (generation !== this.#generation) {
        track.stop();
        return;
      }
      const old = this.#state.track;
      track.addEventListener('ended', () => this.#lost(track));
      this.#set({ wanted: true, track, problem: null });
      old?.stop();
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#state.track?.stop();
      this.#set({ wanted: true, track: null, problem: captureProblem(error) });
    }
  }

  close(): void {
    this.#generation++;
    this.#state.track?.stop();
    if (this.#state !== captureOff) this.#set(captureOff);
  }

  /** The list of devices has changed: a device that is wanted and missing may be there now. */
  devicesChanged(): void {
    const { wanted, track, problem } = this.#state;
    if (wanted && track === null && (problem === 'none' || problem === 'unplugged')) {
      void this.open(this.#deviceId);
    }
  }

  /** The track ended by itself: unplugged, or taken by the system. Another device may do. */
  #lost(track: MediaStreamTrack): void {
    if (track !== this.#state.track) return;
    this.#set({ wanted: true, track: null, problem: 'unplugged' });
    const generation = this.#generation;
    void requestTrack(this.#kind, '').then(
      (other) => {
        if (generation !== this.#generation || this.#state.track !== null) {
          other.stop();
          return;
        }
        other.addEventListener('ended', () => this.#lost(other));
        this.#set({ wanted: true, track: other, problem: null });
      },
      (error: unknown) => console.info('No other device could stand in:', error),
    );
  }

  #set(state: CaptureState): void {
    this.#state = state;
    this.#changed(state);
  }
}

export function constraintsFor(kind: CaptureKind, deviceId: string): MediaTrackConstraints {
  // `ideal` and not `exact`: a chosen device that is gone gives the system's choice instead of nothing.
  const device = deviceId === '' ? {} : { deviceId: { ideal: deviceId } };
  if (kind === 'microphone') {
    return { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  }
  return {
    ...device,
    width: { ideal: CAMERA_WIDTH_PX },
    height: { ideal: CAMERA_HEIGHT_PX },
    frameRate: { ideal: CAMERA_FRAMES_PER_SECOND },
  };
}

async function requestTrack(kind: CaptureKind, deviceId: string): Promise<MediaStreamTrack> {
  const constraints = constraintsFor(kind, deviceId);
  const stream = await navigator.mediaDevices.getUserMedia(
    kind === 'microphone' ? { audio: constraints } : { video: constraints },
  );
  const [track] = stream.getTracks();
  if (track === undefined) throw new DOMException('the stream has no track', 'NotFoundError');
  return track;
}

/**
 * Both tracks by one question, for a browser that would otherwise ask its person twice. Gives nothing for both when the
 * pair cannot be had; each is then asked for alone, which tells which of them is missing.
 */
export function requestTogether(microphoneId: string, cameraId: string) {
  const stream = navigator.mediaDevices
    .getUserMedia({
      audio: constraintsFor('microphone', microphoneId),
      video: constraintsFor('camera', cameraId),
    })
    .catch((error: unknown) => {
      console.info('Microphone and camera are asked for one by one:', error);
      return undefined;
    });
  return {
    microphone: stream.then((both) => both?.getAudioTracks()[0]),
    camera: stream.then((both) => both?.getVideoTracks()[0]),
  };
}

/** Whether the browser would ask its person about both devices. Electron answers by rule and never asks. */
export async function wouldAskTwice(): Promise<boolean> {
  if (window.bywayHost === 'desktop' || navigator.permissions === undefined) return false;
  try {
    const states = await Promise.all(
      (['microphone', 'camera'] as const).map((name) => navigator.permissions.query({ name })),
    );
    return states.every(({ state }) => state === 'prompt');
  } catch (error) {
    // Firefox knows no such permission names; asking twice is then what it costs.
    console.info('Permissions cannot be looked up:', error);
    return false;
  }
}
