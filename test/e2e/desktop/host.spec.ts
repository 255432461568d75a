/** What the desktop app adds to the engine: links, one instance, a closed window, a locked page. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
