/** The two users of the demo, each with an interface of their own. */
import type { Browser, ElectronApplication, Page } from '@playwright/test';
import { chromium, _electron as electron } from '@playwright/test';
import { chromiumSwitches, FAKE_DEVICE_SWITCHES } from '../steps/browser.ts';
import { startEngineProcess, temporaryFolder } from '../steps/byway-processes.ts';
import { neededSwitches } from '../steps/electron.ts';
import { acceptContact, askToBeContact, ownLink, userIdIn } from '../steps/interface-driver.ts';
import { projectDirectory } from '../steps/project.ts';
import type { DemoSide } from './measured-call.ts';

export interface Person extends DemoSide {
  readonly link: string;
  /** Fulfilled when the person closes the window. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface PersonOptions {
  readonly name: string;
  readonly serverUrl: string;
  /** The microphone and camera of this machine instead of a beep and a moving picture. */
  readonly realDevices: boolean;
}

/** A page on a headless engine, in a browser that runs already. */
export async function personInBrowser(browser: Browser, { name, serverUrl }: PersonOptions): Promise<Person> {
  const folder = await temporaryFolder();
  const engine = await startEngineProcess({ dataDirectory: folder.path, serverUrl, name });
  const context = await browser.newContext({ viewport: { width: 1080, height: 720 } });
  const page = await context.newPage();
  await page.goto(engine.address.replace('/#', '/?instrument=1#'));
  return {
    page,
    userId: engine.userId,
    enginePid: engine.pid,
    link: engine.link,
    closed: closedBy(page),
    async close() {
      await context.close();
      await engine.stop();
      await folder.remove();
    },
  };
}

/** A browser that shows itself, or does not. */
export function openBrowser(executablePath: string, options: { headless: boolean; realDevices: boolean }) {
  return chromium.launch({
    executablePath,
    headless: options.headless,
    args: [...chromiumSwitches(), ...(options.realDevices ? [] : FAKE_DEVICE_SWITCHES)],
  });
}

/** An app with a window and data of its own. */
export async function personInApp(
  executablePath: string,
  { name, serverUrl, realDevices }: PersonOptions,
): Promise<Person> {
  const folder = await temporaryFolder();
  const app: ElectronApplication = await electron.launch({
    executablePath,
    cwd: projectDirectory,
    args: [
      ...neededSwitches(),
      ...(realDevices ? [] : FAKE_DEVICE_SWITCHES),
      projectDirectory,
      `--data=${folder.path}`,
      `--server=${serverUrl}`,
      `--name=${name}`,
      '--instrument',
    ],
  });
  const page = await app.firstWindow();
  const link = await ownLink(page);
  return {
    page,
    userId: userIdIn(link),
    enginePid: app.process().pid ?? 0,
    link,
    closed: closedBy(page),
    async close() {
      await app.close();
      await folder.remove();
    },
  };
}

function closedBy(page: Page): Promise<void> {
  return new Promise((resolve) => page.once('close', () => resolve()));
}

/** The first asks with the second's link, the second accepts. */
export async function introduce(first: Person, second: Person): Promise<void> {
  await askToBeContact(first.page, second.link);
  await acceptContact(second.page, first.userId);
}
