/** The app as it is shipped: packed, with nothing but out/ and assets/ in it, and Electron's developer doors shut. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { temporaryFolder } from '../../../scripts/steps/byway-processes.ts';
import { installedElectron } from '../../../scripts/steps/electron.ts';
import { part } from '../../../scripts/steps/interface-driver.ts';
import { runsAsRoot } from '../../../scripts/steps/project.ts';
import { runCommand } from '../../../scripts/steps/run-command.ts';
import { expect, test } from '../stage.ts';

test('the packed app starts, asks for a name, and ends when told to', async ({ server }) => {
  test.skip(process.platform !== 'linux', 'elsewhere the packed program lies in a folder of another shape');
  const electron = installedElectron();
  if (!electron.found) throw new Error(electron.why);
  const folder = await temporaryFolder();
  const packed = await runCommand(
    'node',
    ['scripts/run.mjs', 'dist', '--dir', `-c.directories.output=${folder.path}`],
    {
      env: { ELECTRON_OVERRIDE_DIST_PATH: dirname(electron.path) },
      output: 'keep',
    },
  );
  expect(packed.code, packed.output).toBe(0);

  const app = spawn(
    join(folder.path, 'linux-unpacked/byway'),
    [
      ...(runsAsRoot ? ['--no-sandbox'] : []),
      // The inspector is shut off in the packed app; Chromium's own way to its pages is not.
      '--remote-debugging-port=0',
      `--data=${join(folder.path, 'data')}`,
      `--server=${server.url}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(app, 'exit');
  try {
    let said = '';
    app.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const listening = /DevTools listening on (ws:\S+)/;
    await expect.poll(() => said, { timeout: 20_000 }).toMatch(listening);
    const browser = await chromium.connectOverCDP(listening.exec(said)?.[1] ?? '');
    const pages = () => browser.contexts().flatMap((context) => context.pages());
    await expect.poll(() => pages().length, { timeout: 20_000 }).toBe(1);
    const [page] = pages();
    if (page === undefined) throw new Error('the window has gone');
    await expect(part(page, 'welcome-name')).toBeVisible();
    app.kill('SIGTERM');
    const [code] = await ended;
    expect(code).toBe(0);
  } finally {
    app.kill('SIGKILL');
    await ended;
    await folder.remove();
  }
});
