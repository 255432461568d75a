/** The Electron program: the one ELECTRON_OVERRIDE_DIST_PATH names, or the one its npm package downloads. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasDisplay } from './display.ts';
import { inProject, runsAsRoot, say } from './project.ts';
import { runCommand } from './run-command.ts';

export type FoundElectron =
  | { readonly found: true; readonly path: string }
  /** `why` is one sentence without its full stop. */
  | { readonly found: false; readonly why: string };

/** A download of about 110 MB; longer than this means that it will not come. */
const DOWNLOAD_LIMIT_MS = 10 * 60_000;

function programIn(directory: string): string {
  if (process.platform === 'darwin') return join(directory, 'Electron.app/Contents/MacOS/Electron');
  return join(directory, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

/** Finds Electron without downloading anything. */
export function installedElectron(): FoundElectron {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const path = programIn(override);
    return existsSync(path)
      ? { found: true, path }
      : { found: false, why: `ELECTRON_OVERRIDE_DIST_PATH names a folder without Electron (${override})` };
  }
  const path = programIn(inProject('node_modules/electron/dist'));
  return existsSync(path) ? { found: true, path } : { found: false, why: 'Electron is not downloaded yet' };
}

/** Finds Electron, downloading it when it is not there yet. */
export async function ensureElectron(): Promise<FoundElectron> {
  const installed = installedElectron();
  if (installed.found || process.env.ELECTRON_OVERRIDE_DIST_PATH) return installed;
  const { version } = JSON.parse(await readFile(inProject('node_modules/electron/package.json'), 'utf8'));
  say(`Byway: fetching Electron ${version} (about 110 MB, once).`);
  const { code, output } = await runCommand(
    process.execPath,
    [inProject('node_modules/electron/install.js')],
    { output: 'keep', limitMs: DOWNLOAD_LIMIT_MS },
  );
  const now = installedElectron();
  if (code === 0 && now.found) return now;
  const cause = output.match(/(?:Error|error)[^\n]*/)?.[0]?.trim() ?? `exit code ${code}`;
  return { found: false, why: `Electron ${version} could not be downloaded (${cause})` };
}

let told = false;

/** Switches that this machine makes necessary, said aloud once. */
export function neededSwitches(): string[] {
  if (process.platform !== 'linux' || !runsAsRoot) return [];
  if (!told)
    say("Byway: running as root, so Chromium's sandbox is off (--no-sandbox). A normal user keeps it.");
  told = true;
  return ['--no-sandbox'];
}

/** Why no window can be opened here, or undefined. */
export function noDisplayReason(): string | undefined {
  return hasDisplay() ? undefined : 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
}
