/** The devices of one kind as options of a choice, the system's first. */
import type { TFunction } from 'i18next';
import type { Settings } from '../../shared/app.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import type { DeviceChoice } from './store.ts';

export type DeviceSetting = 'microphoneId' | 'cameraId' | 'speakerId';

/** An unnamed device (before permission) is numbered; a chosen one that is gone falls back to the system's choice. */
export function deviceOptions(
  devices: readonly DeviceChoice[],
  t: TFunction,
): { value: string; label: string }[] {
  return [
    { value: '', label: t('media.systemChoice') },
    ...devices.map(({ deviceId, label }, index) => ({
      value: deviceId,
      label: label === '' ? t('media.unnamedDevice', { number: index + 1 }) : label,
    })),
  ];
}

/** The setting, or the system's choice when that device is not there. */
export function presentChoice(devices: readonly DeviceChoice[], setting: string): string {
  return devices.some(({ deviceId }) => deviceId === setting) ? setting : '';
}

export function chooseDevice(setting: DeviceSetting, deviceId: string): void {
  const change: Partial<Settings> = { [setting]: deviceId };
  void engine().app.updateSettings(change).catch(failed);
}
