/** The desktop's machine: Electron tells of people and power, the system itself of the rest. */
import { powerMonitor } from 'electron';
import type { Machine, MachineFacts } from '../engine/volunteering/machine.ts';
import { type MachineOptions, systemMachine } from '../machine/index.ts';
import { IdleTime } from './idle.ts';

/** Electron knows nothing of batteries on Linux, and of idleness not on every desktop there. */
const asksSystem = process.platform === 'linux';

/** Once Electron is ready. */
export function desktopMachine(options: MachineOptions): Machine {
  const system = systemMachine(options, { battery: asksSystem, idle: asksSystem });
  const idle = new IdleTime();
  return {
    facts(): MachineFacts {
      const told = system.facts();
      const idleS = idle.read(powerMonitor.getSystemIdleTime(), told.idleS);
      return asksSystem ? { ...told, idleS } : { ...told, idleS, onBattery: powerMonitor.isOnBatteryPower() };
    },
    onChange(listener) {
      const woken = () => system.doubt();
      const stop = system.onChange(listener);
      powerMonitor.on('on-ac', listener);
      powerMonitor.on('on-battery', listener);
      powerMonitor.on('resume', woken);
      return () => {
        stop();
        powerMonitor.off('on-ac', listener);
        powerMonitor.off('on-battery', listener);
        powerMonitor.off('resume', woken);
      };
    },
  };
}
