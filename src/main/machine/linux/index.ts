/** What Linux tells. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_DEVICES } from '../constants.ts';
import { connectedNetworks } from '../names.ts';
import type { Ask } from '../program.ts';
import type { Source } from '../system-machine.ts';
import { LOGIND_QUESTION, parseLogind } from './logind.ts';
import { NETWORK_MANAGER_QUESTION, parseNetworkManager } from './network-manager.ts';
import { isOnBattery, readPowerSupplies } from './power-supply.ts';

const INTERFACES = '/sys/class/net';

/** Metered only where NetworkManager runs. Without it names are known where nothing wireless could have one. */
export function linuxNetworks(ask: Ask, folder = INTERFACES): Source {
  return async ({ names }, signal) => {
    const [answer, wireless] = await Promise.all([
      ask('busctl', NETWORK_MANAGER_QUESTION, signal),
      wirelessAmong(names, folder),
    ]);
    const told = answer === undefined ? undefined : parseNetworkManager(answer);
    const networks = connectedNetworks(names, told?.networks ?? [], wireless);
    if (told !== undefined) return { metered: told.metered, networks };
    return networks === undefined ? undefined : { networks };
  };
}

export function linuxBattery(folder?: string): Source {
  return async (_, signal) => {
    const supplies = await readPowerSupplies(signal, folder);
    return supplies && { onBattery: isOnBattery(supplies) };
  };
}

export function linuxIdle(ask: Ask, wallNow: () => number): Source {
  return async (_, signal) => {
    const answer = await ask('busctl', LOGIND_QUESTION, signal);
    const idleS = answer === undefined ? undefined : parseLogind(answer, wallNow());
    return idleS === undefined ? undefined : { idleS };
  };
}

/** cfg80211 links each interface to its radio. */
async function wirelessAmong(names: readonly string[], folder: string): Promise<string[]> {
  const found = await Promise.all(
    names.slice(0, MAX_DEVICES).map((name) =>
      access(join(folder, name, 'phy80211')).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return found.flat();
}
