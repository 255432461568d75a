/** What this machine's system tells of it, for the rules of volunteering; both hosts have it from here. */
import type { Logger } from 'pino';
import type { Clock } from '../engine/outside/index.ts';
import type { Machine } from '../engine/volunteering/machine.ts';
import { READ_EVERY_MS, READ_EVERY_WINDOWS_MS } from './constants.ts';
import { interfacesThatAreUp } from './interfaces.ts';
import { linuxBattery, linuxIdle, linuxNetworks } from './linux/index.ts';
import { macBattery, macIdle, macNetworks } from './macos/index.ts';
import { type Ask, askPrograms } from './program.ts';
import { type Source, SystemMachine } from './system-machine.ts';
import { windowsFacts } from './windows/index.ts';

export interface MachineOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a host does not know by itself and has the system asked for; networks it always has. */
export interface Wanted {
  readonly battery: boolean;
  readonly idle: boolean;
}

/** The machine of a host that knows nothing by itself. */
export function headlessMachine(options: MachineOptions): Machine {
  return systemMachine(options, { battery: true, idle: true });
}

export function systemMachine({ clock, logger }: MachineOptions, wanted: Wanted): SystemMachine {
  return new SystemMachine({
    clock,
    sources: sourcesOf(process.platform, askPrograms(logger), clock, wanted),
    interfaces: interfacesThatAreUp,
    everyMs: process.platform === 'win32' ? READ_EVERY_WINDOWS_MS : READ_EVERY_MS,
  });
}

function sourcesOf(platform: NodeJS.Platform, ask: Ask, clock: Clock, { battery, idle }: Wanted): Source[] {
  switch (platform) {
    case 'linux':
      return [
        linuxNetworks(ask),
        ...(battery ? [linuxBattery()] : []),
        ...(idle ? [linuxIdle(ask, () => clock.wallNow())] : []),
      ];
    case 'darwin':
      return [macNetworks(ask), ...(battery ? [macBattery(ask)] : []), ...(idle ? [macIdle(ask)] : [])];
    case 'win32':
      // Idle time belongs to a desktop's session; a program outside of it is not told.
      return [windowsFacts(ask, { batteries: battery })];
    default:
      return [];
  }
}
