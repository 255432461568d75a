/** What the desktop app adds to the engine: links, one instance, a closed window, a locked page. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { installedElectron } from '../../../scripts/steps/electron.ts';
import { part } from '../../../scripts/steps/interface-driver.ts';
import type { AppPerson } from '../../../scripts/steps/people.ts';
import { projectDirectory, runsAsRoot } from '../../../scripts/steps/project.ts';
import { becomeContacts, expectEnd, inVideoCall } from '../journey.ts';
import { expect, test } from '../stage.ts';

/** Starts the app once more with the same data, as the system does to open a link; it must end by itself. */
async function startAgain(person: AppPerson, ...args: string[]): Promise<number | null> {
  const electron = installedElectron();
  if (!electron.found) throw new Error(electron.why);
  const sandbox = runsAsRoot ? ['--no-sandbox'] : [];
  const child = spawn(
    electron.path,
    [...sandbox, projectDirectory, `--data=${person.dataDirectory}`, ...args],
    { stdio: 'ignore' },
  );
  const [code] = await once(child, 'exit');
  return code;
}

test('a second start brings the first app forward and hands its link over', async ({ inApp }) => {
  const [ada, ben] = await Promise.all([inApp('Ada'), inApp('Ben')]);
  expect(await startAgain(ada, ben.link)).toBe(0);
  await expect(part(ada.page, 'paste-link')).toHaveValue(ben.link);
});

test('closing the window in a call ends it on the other side, with its reason', async ({ inApp }) => {
  const [ada, ben] = await Promise.all([inApp('Ada'), inApp('Ben')]);
  await becomeContacts(ada, ben);
  await inVideoCall(ada, ben);
  const ended = once(ada.app.process(), 'exit');
  await ada.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expectEnd(ben, 'app-closed-there');
  await ended;
});

test('the page can reach nothing but itself and its engine', async ({ inApp }) => {
  const { page, app } = await inApp('Ada');
  const ours = page.url();

  expect(
    await page.evaluate(
      () => `${typeof Reflect.get(window, 'require')} ${typeof Reflect.get(window, 'process')}`,
    ),
  ).toBe('undefined undefined');
  expect(await page.evaluate(() => window.isSecureContext)).toBe(true);
  // Nothing from elsewhere is loaded, whatever the address.
  for (const url of ['https://example.com/', 'http://127.0.0.1:1/', 'file:///etc/hostname']) {
    expect(
      await page.evaluate(
        (to) =>
          fetch(to).then(
            () => 'answered',
            () => 'refused',
          ),
        url,
      ),
    ).toBe('refused');
  }
  // No second window, no other page, no way out of the folder.
  expect(await page.evaluate(() => window.open('https://example.com/') === null)).toBe(true);
  await page.evaluate(() => {
    window.location.href = 'https://example.com/';
  });
  await expect.poll(() => page.url()).toBe(ours);
  expect(await page.evaluate(() => fetch('/%2e%2e/main/index.js').then(({ status }) => status))).toBe(404);
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);

  // Permissions by rule: what a call needs, and nothing else.
  const permission = (name: string) =>
    page.evaluate(
      async (asked) => (await navigator.permissions.query({ name: asked as PermissionName })).state,
      name,
    );
  expect(await permission('microphone')).toBe('granted');
  expect(await permission('geolocation')).toBe('denied');
});

test('the engine keeps its own time while the window is hidden', async ({ inApp }) => {
  const [ada, ben] = await Promise.all([inApp('Ada'), inApp('Ben')]);
  await becomeContacts(ada, ben);
  await inVideoCall(ada, ben);
  await ada.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const sentBefore = await part(ben.page, 'remote-video').evaluate((video) =>
    video instanceof HTMLVideoElement ? video.currentTime : 0,
  );
  await expect
    .poll(() =>
      part(ben.page, 'remote-video').evaluate((video) =>
        video instanceof HTMLVideoElement ? video.currentTime : 0,
      ),
    )
    .toBeGreaterThan(sentBefore + 3);
});

test.describe('a Linux desktop', () => {
  test.skip(process.platform !== 'linux', 'NetworkManager is asked on Linux alone');
  const path = process.env.PATH;
  const folder = mkdtempSync(join(tmpdir(), 'byway-busctl-'));
  test.afterAll(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** What NetworkManager is to say from now on: 1 is metered, 2 is not. */
  function sayMetered(metered: 1 | 2): void {
    const name = 'org.freedesktop.NetworkManager';
    const objects = { '/org/freedesktop/NetworkManager': { [name]: { Metered: { data: metered } } } };
    const script = `#!/bin/sh\necho '${JSON.stringify({ data: [objects] })}'\n`;
    writeFileSync(join(folder, 'busctl'), script, { mode: 0o755 });
  }

  test('lends its line when its network is metered no more', async ({ inApp }) => {
    sayMetered(1);
    process.env.PATH = `${folder}${delimiter}${path}`;
    const { page } = await inApp('Ada');
    await part(page, 'volunteer').click();
    await part(page, 'volunteer-switch').click();
    const state = part(page, 'volunteer-state');
    await expect(state).toHaveAttribute('data-state', 'resting');

    sayMetered(2);

    await expect(state).toHaveAttribute('data-state', 'offered', { timeout: 40_000 });
  });
});
