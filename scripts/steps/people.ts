/** Users of the demo and of the end-to-end tests, each with an engine and an interface of their own. */
import { join } from 'node:path';
import { chromium, type ElectronApplication, _electron as electron, type Page } from '@playwright/test';
import { chromiumSwitches, fakeDeviceSwitches, interfaceSwitches } from './browser.ts';
import { startEngineProcess, temporaryFolder, type Within } from './byway-processes.ts';
import { neededSwitches } from './electron.ts';
import { writeFakeVoice } from './fake-voice.ts';
import { acceptContact, askToBeContact, ownLink, passFirstStart, userIdIn } from './interface-driver.ts';
import { projectDirectory } from './project.ts';

export interface Person {
  readonly page: Page;
  readonly userId: string;
  readonly link: string;
  /** The process of this person's engine. */
  readonly enginePid: number;
  /** Fulfilled when the person closes the window. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface PersonOptions {
  readonly name: string;
  /** Says the name in the interface, as at a first start, instead of on the command line. */
  readonly firstStart?: boolean;
  readonly serverUrl: string;
  /** More switches for Chromium. */
  readonly switches?: readonly string[];
  /** Pitch of the voice the fake microphone speaks with, Hz; absent for the microphone and camera of this machine. */
  readonly voiceHz?: number;
}

export interface BrowserPersonOptions extends PersonOptions {
  /** Where the engine runs; the browser's executable is to start it in the same place. */
  readonly within?: Within;
  /** Readies the page before the interface is loaded into it. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** A person whose engine and window are one app. */
export interface AppPerson extends Person {
  readonly app: ElectronApplication;
  readonly dataDirectory: string;
}

const WINDOW = { width: 1080, height: 720 };

/** Switches for a fake camera and a fake microphone of this pitch, whose voice lies in `folder`. */
export async function deviceSwitches(folder: string, voiceHz: number | undefined): Promise<string[]> {
  if (voiceHz === undefined) return [];
  const file = join(folder, 'voice.wav');
  await writeFakeVoice(file, voiceHz);
  return fakeDeviceSwitches(file);
}

/** A page on a headless engine, in a browser of its own that shows itself or does not. */
export async function personInBrowser(
  executablePath: string,
  headless: boolean,
  { name, firstStart = false, serverUrl, voiceHz, switches = [], within, prepare }: BrowserPersonOptions,
): Promise<Person> {
  const closing = closingInTurn();
  try {
    const folder = await temporaryFolder();
    closing.add(folder.remove);
    const engine = await startEngineProcess({
      dataDirectory: join(folder.path, 'engine'),
      serverUrl,
      within,
      ...(firstStart ? {} : { name }),
    });
    closing.add(engine.stop);
    const browser = await chromium.launch({
      executablePath,
      headless,
      args: [
        ...chromiumSwitches(),
        ...interfaceSwitches(),
        ...(await deviceSwitches(folder.path, voiceHz)),
        ...switches,
      ],
    });
    closing.add(() => browser.close());
    const page = await browser.newPage({ viewport: WINDOW });
    await prepare?.(page);
    await page.goto(engine.address.replace('/#', '/?instrument=1#'));
    if (firstStart) await passFirstStart(page, name);
    const { userId, link, pid: enginePid } = engine;
    return { page, userId, enginePid, link, closed: closedBy(page), close: closing.close };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** An app with a window and data of its own. */
export async function personInApp(
  executablePath: string,
  { name, firstStart = false, serverUrl, voiceHz, switches = [] }: PersonOptions,
): Promise<AppPerson> {
  const closing = closingInTurn();
  try {
    const folder = await temporaryFolder();
    closing.add(folder.remove);
    const dataDirectory = join(folder.path, 'app');
    const app = await electron.launch({
      executablePath,
      cwd: projectDirectory,
      args: [
        ...neededSwitches(),
        ...(await deviceSwitches(folder.path, voiceHz)),
        ...switches,
        projectDirectory,
        `--data=${dataDirectory}`,
        `--server=${serverUrl}`,
        ...(firstStart ? [] : [`--name=${name}`]),
        '--instrument',
      ],
    });
    closing.add(() => app.close());
    const page = await app.firstWindow();
    if (firstStart) await passFirstStart(page, name);
    const link = await ownLink(page);
    return {
      app,
      dataDirectory,
      page,
      userId: userIdIn(link),
      enginePid: app.process().pid ?? 0,
      link,
      closed: closedBy(page),
      close: closing.close,
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** Closes what was opened, the last first. Twice is fine. */
function closingInTurn(): { add(close: () => Promise<unknown>): void; close(): Promise<void> } {
  const open: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => void open.push(close),
    async close() {
      for (const close of open.splice(0).reverse()) await close();
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
