/** What Windows tells through its own PowerShell (5.1, part of every Windows). */
import { join } from 'node:path';
import { z } from 'zod';
import type { MachineFacts } from '../../engine/volunteering/machine.ts';
import { MAX_NETWORKS } from '../constants.ts';
import { readJson } from '../json.ts';
import { readableName } from '../names.ts';

/** By its whole path: a name alone would be looked for in the current folder first. */
export function systemProgram(...path: string[]): string {
  return join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', ...path);
}

/**
 * NetworkCostType is what Windows keeps per connection as "metered"; a profile's name is the SSID of a Wi-Fi network, and is told without the
 * right to know where this machine is, which netsh wants since Windows 11 24H2. No double quotes: they would have to be escaped.
 */
const SCRIPT = `
$ErrorActionPreference = 'Stop'
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false } catch { }
$told = @{ networks = @(Get-NetConnectionProfile | ForEach-Object { @{ interface = [string]$_.InterfaceAlias; name = [string]$_.Name } }) }
try {
  [void][Windows.Networking.Connectivity.NetworkInformation, Windows, ContentType = WindowsRuntime]
  $connection = [Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile()
  if ($connection) {
    $cost = $connection.GetConnectionCost()
    $told.cost = [string]$cost.NetworkCostType
    $told.roaming = [bool]$cost.Roaming
  }
} catch { }
BATTERIES
ConvertTo-Json -Compress -Depth 3 $told
`;
const BATTERIES = `
try { $told.batteries = @(Get-CimInstance Win32_Battery | ForEach-Object { [int]$_.BatteryStatus }) } catch { }
`;

/** The arguments of `powershell.exe`; batteries are asked for where the host does not know them itself. */
export function powerShellQuestion({ batteries }: { batteries: boolean }): string[] {
  const script = SCRIPT.replace('BATTERIES', () => (batteries ? BATTERIES : ''));
  return ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', script];
}

const Answer = z.object({
  networks: z.array(z.object({ interface: z.string(), name: z.string() })),
  cost: z.string().optional(),
  roaming: z.boolean().optional(),
  batteries: z.array(z.number()).optional(),
});

/** Win32_Battery.BatteryStatus: 1 is discharging; 4 and 5 are the same, low and critical. */
const DISCHARGING = new Set([1, 4, 5]);

/** @returns undefined for anything but the answer to `powerShellQuestion` */
export function parsePowerShell(text: string): MachineFacts | undefined {
  // PowerShell may begin with a byte order mark.
  const answer = readJson(Answer, text.replace(/^\uFEFF/, ''));
  if (answer === undefined) return undefined;
  const { cost, roaming, batteries } = answer;
  const networks = answer.networks.slice(0, MAX_NETWORKS).flatMap((network) => {
    const interfaceName = readableName(network.interface);
    const name = readableName(network.name);
    return interfaceName === undefined
      ? []
      : [name === undefined ? { interfaceName } : { interfaceName, name }];
  });
  return {
    networks,
    metered: isMetered(cost, roaming === true),
    onBattery: batteries?.some((status) => DISCHARGING.has(status)),
  };
}

/** Windows.Networking.Connectivity.NetworkCostType: Unknown, Unrestricted, Fixed, Variable. */
function isMetered(cost: string | undefined, roaming: boolean): boolean | undefined {
  if (roaming || cost === 'Fixed' || cost === 'Variable') return true;
  return cost === 'Unrestricted' ? false : undefined;
}
