/**
 * npm run dist: packages for this system in dist/. `-- --dir` makes the unpacked app alone, which needs no download when
 * ELECTRON_OVERRIDE_DIST_PATH names an Electron. Other arguments go to electron-builder.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureBuilt } from './steps/build.ts';
import { say } from './steps/project.ts';
import { runCommand } from './steps/run-command.ts';

/** The version of an Electron folder; its fuses can only be set on the one the project asks for. */
async function electronIn(directory: string): Promise<string[]> {
  const version = (await readFile(join(directory, 'version'), 'utf8')).trim().replace(/^v/, '');
  return [`-c.electronDist=${directory}`, `-c.electronVersion=${version}`];
}

try {
  await ensureBuilt();
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const args = [...process.argv.slice(2), ...(override ? await electronIn(override) : [])];
  const { code } = await runCommand('electron-builder', args);
  process.exitCode = code;
} catch (error) {
  say(`Byway: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
