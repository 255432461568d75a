/** The SSIDs of Windows' Wi-Fi interfaces. */
import type { ConnectedNetwork } from '../../engine/volunteering/machine.ts';
import { MAX_NETWORKS } from '../constants.ts';
import { readableName } from '../names.ts';

export const NETSH_QUESTION = ['wlan', 'show', 'interfaces'] as const;

/**
 * Its words are in the user's language, all but SSID. What holds in every language: each interface is a block of indented lines, and the first
 * one is its name. One without an SSID is in no network.
 */
export function parseNetsh(text: string): ConnectedNetwork[] {
  const networks: ConnectedNetwork[] = [];
  let interfaceName: string | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') interfaceName = undefined;
    const colon = line.indexOf(':');
    if (!line.startsWith(' ') || colon < 0) continue;
    const key = line.slice(0, colon).trim();
    const value = line.slice(colon + 1);
    if (interfaceName === undefined) {
      interfaceName = readableName(value);
      continue;
    }
    const name = key === 'SSID' ? readableName(value) : undefined;
    if (name !== undefined && networks.length < MAX_NETWORKS) networks.push({ interfaceName, name });
  }
  return networks;
}
