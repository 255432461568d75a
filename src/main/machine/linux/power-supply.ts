/** The kernel's power supplies (Documentation/ABI/testing/sysfs-class-power). */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_DEVICES } from '../constants.ts';

export const POWER_SUPPLIES = '/sys/class/power_supply';

export interface PowerSupply {
  readonly type: string;
  /** `Device` is the battery of a mouse. */
  readonly scope: string;
  readonly online: string;
  readonly present: string;
  readonly status: string;
}

/** @returns undefined where the kernel tells of none, as in some containers */
export async function readPowerSupplies(
  signal: AbortSignal,
  folder = POWER_SUPPLIES,
): Promise<PowerSupply[] | undefined> {
  const names = await readdir(folder).catch(() => undefined);
  return (
    names && Promise.all(names.slice(0, MAX_DEVICES).map((name) => readSupply(join(folder, name), signal)))
  );
}

async function readSupply(folder: string, signal: AbortSignal): Promise<PowerSupply> {
  // Each kind of supply has some of these files.
  const read = (file: string) =>
    readFile(join(folder, file), { encoding: 'utf8', signal }).then(
      (text) => text.trim(),
      () => '',
    );
  const [type, scope, online, present, status] = await Promise.all([
    read('type'),
    read('scope'),
    read('online'),
    read('present'),
    read('status'),
  ]);
  return { type, scope, online, present, status };
}

/** Whether they mean that a battery is what this machine lives on. Without a battery it cannot be. */
export function isOnBattery(supplies: readonly PowerSupply[]): boolean {
  const own = supplies.filter(({ scope, present }) => scope !== 'Device' && present !== '0');
  const batteries = own.filter(({ type }) => type === 'Battery' || type === 'UPS');
  const outlets = own.filter(({ type }) => type === 'Mains' || type.startsWith('USB') || type === 'Wireless');
  // USB tells 2 where the voltage can be programmed.
  if (batteries.length === 0 || outlets.some(({ online }) => online === '1' || online === '2')) return false;
  // Some outlets of the USB-C kind are not told of rightly, but nothing charges from nowhere.
  if (batteries.some(({ status }) => status === 'Charging')) return false;
  return (
    outlets.some(({ online }) => online === '0') || batteries.some(({ status }) => status === 'Discharging')
  );
}
