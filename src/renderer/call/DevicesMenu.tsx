import { Check, SlidersHorizontal } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { selectSettings, useApp } from '../app/store.ts';
import { chooseDevice, type DeviceSetting, deviceOptions, presentChoice } from '../media/choices.ts';
import { type DeviceChoice, useMedia } from '../media/store.ts';
import { IconButton } from '../ui/IconButton.tsx';

/** Microphone, camera and speaker, changed in the middle of the call. */
export function DevicesMenu() {
  const { t } = useTranslation();
  const devices = useMedia((store) => store.devices);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton
          size="large"
          look="stage"
          label={t('call.devices')}
          data-testid="devices"
          icon={<SlidersHorizontal size={21} />}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          data-theme="dark"
          data-testid="devices-menu"
          side="top"
          sideOffset={10}
          collisionPadding={12}
          className="quiet-scroll z-30 max-h-(--radix-dropdown-menu-content-available-height) w-80 max-w-[calc(100vw-1.5rem)] animate-fade rounded-2xl border border-line bg-raised p-1.5 text-ink shadow-float"
        >
          <Group label={t('media.microphone')} setting="microphoneId" devices={devices.microphones} />
          <Group label={t('media.camera')} setting="cameraId" devices={devices.cameras} />
          <Group label={t('media.speaker')} setting="speakerId" devices={devices.speakers} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface GroupProps {
  label: string;
  setting: DeviceSetting;
  devices: readonly DeviceChoice[];
}

function Group({ label, setting, devices }: GroupProps) {
  const { t } = useTranslation();
  const chosen = useApp((store) => selectSettings(store)?.[setting] ?? '');
  return (
    <DropdownMenu.RadioGroup
      aria-label={label}
      value={presentChoice(devices, chosen)}
      onValueChange={(deviceId) => chooseDevice(setting, deviceId)}
    >
      <DropdownMenu.Label className="px-3 pt-2.5 pb-1 text-xs text-ink-faint">{label}</DropdownMenu.Label>
      {deviceOptions(devices, t).map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          data-testid={`device-${setting}`}
          className="flex min-h-9 items-center gap-2 rounded-lg px-3 py-1.5 outline-none data-highlighted:bg-hover"
        >
          <span className="min-w-0 grow truncate">{option.label}</span>
          <DropdownMenu.ItemIndicator>
            <Check size={16} className="text-accent-ink" />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
