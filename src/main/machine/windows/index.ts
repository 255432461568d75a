/** What Windows tells. */
import { POWERSHELL_LIMIT_MS } from '../constants.ts';
import { connectedNetworks } from '../names.ts';
import type { Ask } from '../program.ts';
import type { Source } from '../system-machine.ts';
import { NETSH_QUESTION, parseNetsh } from './netsh.ts';
import { parsePowerShell, powerShellQuestion, systemProgram } from './power-shell.ts';

/** One PowerShell for all of it. A profile is named after the SSID but may have been renamed, so netsh's word counts as well. */
export function windowsFacts(ask: Ask, wanted: { batteries: boolean }): Source {
  const powerShell = systemProgram('WindowsPowerShell', 'v1.0', 'powershell.exe');
  return async ({ names }, signal) => {
    const [answer, wlan] = await Promise.all([
      ask(powerShell, powerShellQuestion(wanted), signal, POWERSHELL_LIMIT_MS),
      ask(systemProgram('netsh.exe'), NETSH_QUESTION, signal),
    ]);
    const told = answer === undefined ? undefined : parsePowerShell(answer);
    if (told === undefined) return undefined;
    const profiles = told.networks ?? [];
    const others = parseNetsh(wlan ?? '').filter(
      (network) =>
        !profiles.some(
          ({ name, interfaceName }) => name === network.name && interfaceName === network.interfaceName,
        ),
    );
    return { ...told, networks: connectedNetworks(names, [...profiles, ...others]) };
  };
}
