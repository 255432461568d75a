/** Which devices there are. Labels come only once a device has been opened. */
import { type DeviceChoice, mediaStore } from './store.ts';

/** Reads the list anew; without media devices at all (an insecure page) it stays empty. */
export async function readDevices(): Promise<void> {
  if (navigator.mediaDevices === undefined) return;
  const all = await navigator.mediaDevices.enumerateDevices();
  const choices = (kind: MediaDeviceKind): DeviceChoice[] =>
    all
      // Chromium lists its 'default' and 'communications' aliases as devices; our own entry for the system's choice is enough.
      .filter(
        (device) => device.kind === kind && !['', 'default', 'communications'].includes(device.deviceId),
      )
      .map(({ deviceId, label }) => ({ deviceId, label }));
  mediaStore.setState({
    devices: {
      microphones: choices('audioinput'),
      cameras: choices('videoinput'),
      speakers: choices('audiooutput'),
    },
  });
}

/** Keeps the list fresh and tells of every change. Returns what ends it. */
export function followDevices(changed: () => void): () => void {
  const devices = navigator.mediaDevices;
  if (devices === undefined) return () => {};
  const onChange = () => {
    void readDevices();
    changed();
  };
  devices.addEventListener('devicechange', onChange);
  void readDevices();
  return () => devices.removeEventListener('devicechange', onChange);
}
