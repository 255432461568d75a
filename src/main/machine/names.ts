/** Names of networks, which strangers choose. */
import type { ConnectedNetwork } from '../engine/volunteering/machine.ts';
import { MAX_NAME_LENGTH } from './constants.ts';

/** Without what breaks lines or turns the text around it (UAX #9), and not too long; undefined where nothing is left. */
export function readableName(text: string): string | undefined {
  const name = text
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu, '')
    .trim()
    .slice(0, MAX_NAME_LENGTH);
  return name === '' ? undefined : name;
}

/**
 * The networks of the interfaces that are up, with every name that is known of each.
 *
 * @param named by whoever knows names; a network of an interface without an address (a modem, a VPN) counts, too
 * @param wireless interfaces whose network has a name, whether or not it is known
 * @returns undefined where there are names and nobody tells them
 */
export function connectedNetworks(
  interfaces: readonly string[],
  named: readonly ConnectedNetwork[],
  wireless: readonly string[] = [],
): readonly ConnectedNetwork[] | undefined {
  if (named.length === 0 && wireless.some((name) => interfaces.includes(name))) return undefined;
  const nameless = interfaces.filter((name) => !named.some(({ interfaceName }) => interfaceName === name));
  return [...named, ...nameless.map((interfaceName) => ({ interfaceName }))];
}
