/** npm run dev: the app with an interface that reloads as it is edited. */

import { ensureElectron, neededSwitches, noDisplayReason } from './steps/electron.ts';
import { say } from './steps/project.ts';
import { runCommand } from './steps/run-command.ts';

const noDisplay = noDisplayReason();
const electron = noDisplay === undefined ? await ensureElectron() : { found: false as const, why: noDisplay };
if (electron.found) {
  const noSandbox = neededSwitches().length > 0 ? ['--noSandbox'] : [];
  const { code } = await runCommand('electron-vite', ['dev', ...noSandbox, '--', ...process.argv.slice(2)], {
    env: { ELECTRON_EXEC_PATH: electron.path },
  });
  process.exitCode = code;
} else {
  say(`Byway: npm run dev needs a window: ${electron.why}. "npm start" serves the interface without one.`);
  process.exitCode = 1;
}
