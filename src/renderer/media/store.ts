/** What our own media does: devices, own tracks, their tracks, live numbers. Written by the call's media only. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type CaptureState, captureOff } from './capture.ts';
import type { LiveNumbers } from './stats.ts';

export interface DeviceChoice {
  deviceId: string;
  label: string;
}

export interface MediaStore {
  microphone: CaptureState;
  camera: CaptureState;
  muted: boolean;
  /** Both media ends of the call are connected. */
  connected: boolean;
  /** Their picture, as soon as both media ends are negotiated; null outside a call. */
  remote: MediaStream | null;
  /** Their sound, apart from the picture: an element with both plays nothing before the first picture. */
  remoteSound: MediaStream | null;
  /** A picture of theirs has been decoded in this call. */
  remotePicture: boolean;
  /** The last minute, oldest first. */
  numbers: readonly LiveNumbers[];
  devices: { microphones: DeviceChoice[]; cameras: DeviceChoice[]; speakers: DeviceChoice[] };
}

export const mediaStore = createStore<MediaStore>(() => ({
  microphone: captureOff,
  camera: captureOff,
  muted: false,
  connected: false,
  remote: null,
  remoteSound: null,
  remotePicture: false,
  numbers: [],
  devices: { microphones: [], cameras: [], speakers: [] },
}));

export function useMedia<Part>(select: (store: MediaStore) => Part): Part {
  return useStore(mediaStore, select);
}

export const selectLatest = (store: MediaStore): LiveNumbers | undefined => store.numbers.at(-1);
/** The camera's state as a person sees it: on is on even while it opens. */
export const selectCameraOn = (store: MediaStore): boolean =>
  store.camera.wanted && store.camera.problem === null;
