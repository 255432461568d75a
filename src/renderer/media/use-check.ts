import { useEffect, useMemo, useState } from 'react';
import { selectSettings, useApp } from '../app/store.ts';
import { Capture, type CaptureKind, type CaptureState, captureOff } from './capture.ts';
import { readDevices } from './devices.ts';

export interface DeviceCheck {
  state: CaptureState;
  start(): void;
  stop(): void;
}

/** A microphone or camera opened only to be looked at. It follows the chosen device and closes with its component. */
export function useCheck(kind: CaptureKind): DeviceCheck {
  const [state, setState] = useState<CaptureState>(captureOff);
  const capture = useMemo(() => new Capture(kind, setState), [kind]);
  const deviceId = useApp(
    (store) => selectSettings(store)?.[kind === 'microphone' ? 'microphoneId' : 'cameraId'] ?? '',
  );
  const { wanted } = state;
  useEffect(() => () => capture.close(), [capture]);
  useEffect(() => {
    if (wanted) void capture.open(deviceId).then(readDevices);
  }, [capture, deviceId, wanted]);
  return {
    state,
    start: () => setState({ ...captureOff, wanted: true }),
    stop: () => capture.close(),
  };
}
