/** `byway:` links that the system hands to the app. */
import { LINK_SCHEME, MAX_LINK_LENGTH } from './constants.ts';

/** The first link among a program's arguments. Whether it is a good one, the engine says. */
export function linkIn(argv: readonly string[]): string | undefined {
  return argv.find(isLink);
}

/** Whether text from outside is at all worth passing on: our scheme, of bearable length, printable ASCII. */
export function isLink(text: string): boolean {
  return text.length <= MAX_LINK_LENGTH && text.startsWith(`${LINK_SCHEME}://`) && /^[!-~]+$/.test(text);
}
