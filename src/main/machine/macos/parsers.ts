/** What macOS' own programs write. */
import { readableName } from '../names.ts';

/** What macOS 15.6 and later say instead of a name to whoever may not know where this machine is. */
const REDACTED = '<redacted>';

/** `ipconfig getsummary en0`: a dictionary whose own entries are indented by two spaces. */
export function parseSummary(text: string): { isWifi: boolean; name?: string } {
  const ssid = /^ {2}SSID : (.*)$/m.exec(text)?.[1];
  const name = ssid === undefined || ssid.trim() === REDACTED ? undefined : readableName(ssid);
  const isWifi = /^ {2}InterfaceType : WiFi\r?$/m.test(text) || ssid !== undefined;
  return name === undefined ? { isWifi } : { isWifi, name };
}

/** `pmset -g batt`: "Now drawing from 'AC Power'", 'Battery Power' or 'UPS Power'. */
export function parsePowerSource(text: string): boolean | undefined {
  const source = /^Now drawing from '([^']*)'/m.exec(text)?.[1];
  return source === undefined ? undefined : source !== 'AC Power';
}

/** `ioreg`'s HIDIdleTime, in nanoseconds. @returns seconds */
export function parseIdleTime(text: string): number | undefined {
  const nanoseconds = /"HIDIdleTime" = (\d{1,20})\b/.exec(text)?.[1];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}
