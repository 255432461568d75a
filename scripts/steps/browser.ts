/** A Chromium of the system: Playwright's own download is not needed. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ONE_SOCKET_POLICY } from '../../src/shared/media-end.ts';
import { runsAsRoot } from './project.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
/** Where browsers live that are not on the path. */
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** The Chromium of this machine, or the one BYWAY_CHROMIUM names; undefined when there is none. */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.BYWAY_CHROMIUM) return isProgram(env.BYWAY_CHROMIUM) ? env.BYWAY_CHROMIUM : undefined;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, ...PLACES].find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A camera with a moving picture, microphones that speak from a file, and nobody asked for permission. */
export function fakeDeviceSwitches(voiceFile: string): string[] {
  return [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${voiceFile}`,
  ];
}

/** What a browser that shows the interface is started with beside that, as our window in Electron is: see `ONE_SOCKET_POLICY`. */
export function interfaceSwitches(): string[] {
  return [`--webrtc-ip-handling-policy=${ONE_SOCKET_POLICY}`];
}

/** What every Chromium of a test or demo is started with. */
export function chromiumSwitches(): string[] {
  return [
    '--disable-background-networking',
    '--disable-component-update',
    '--autoplay-policy=no-user-gesture-required',
    // The engine's end of the media is on loopback; Electron sets this itself.
    '--allow-loopback-in-peer-connection',
    ...(runsAsRoot ? ['--no-sandbox'] : []),
  ];
}
