/** What every end-to-end test stands on: a server, and people who come to it; screenshots; a look for accessibility. */
import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page, type TestInfo } from '@playwright/test';
import { findBrowser } from '../../scripts/steps/browser.ts';
import { type ServerProcess, startServerProcess } from '../../scripts/steps/byway-processes.ts';
import { installedElectron } from '../../scripts/steps/electron.ts';
import {
  type AppPerson,
  type Person,
  type PersonOptions,
  personInApp,
  personInBrowser,
} from '../../scripts/steps/people.ts';
import { inProject } from '../../scripts/steps/project.ts';

type Wishes = Partial<Omit<PersonOptions, 'name'>>;

/** Voices far enough apart that no echo canceller takes one for the other, Hz. */
const VOICES: Readonly<Record<string, number>> = { Ada: 210, Ben: 120, Cleo: 300 };

interface Stage {
  /** More flags for the server. */
  readonly serverFlags: readonly string[];
  readonly server: ServerProcess;
  /** Somebody new with a browser page on a headless engine. */
  readonly inBrowser: (name: string, wishes?: Wishes) => Promise<Person>;
  /** Somebody new with the desktop app. */
  readonly inApp: (name: string, wishes?: Wishes) => Promise<AppPerson>;
}

/** Keeps what a page complained about, for when its test fails. */
async function attachComplaints(page: Page, name: string, info: TestInfo): Promise<void> {
  const lines: string[] = [];
  page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => lines.push(`error: ${error.stack ?? error.message}`));
  page.on('close', () => {
    void info.attach(`console of ${name}`, { body: lines.join('\n'), contentType: 'text/plain' });
  });
}

export const test = base.extend<Stage>({
  serverFlags: [[], { option: true }],
  server: async ({ serverFlags }, use) => {
    const server = await startServerProcess({ flags: serverFlags });
    await use(server);
    await server.stop();
  },
  inBrowser: async ({ server }, use, info) => {
    const people: Person[] = [];
    await use(async (name, wishes) => {
      const executable = findBrowser();
      if (executable === undefined) throw new Error('there is no Chromium here');
      const options = { name, serverUrl: server.url, voiceHz: VOICES[name] ?? 160, ...wishes };
      const person = await personInBrowser(executable, true, options);
      people.push(person);
      await attachComplaints(person.page, name, info);
      return person;
    });
    for (const person of people) await person.close();
  },
  inApp: async ({ server }, use, info) => {
    const people: Person[] = [];
    await use(async (name, wishes) => {
      const electron = installedElectron();
      if (!electron.found) throw new Error(electron.why);
      const options = { name, serverUrl: server.url, voiceHz: VOICES[name] ?? 160, ...wishes };
      const person = await personInApp(electron.path, options);
      people.push(person);
      await attachComplaints(person.page, name, info);
      return person;
    });
    for (const person of people) await person.close();
  },
});

export { expect };

/** What a sentence looks like that the interface has no words for: its key. */
const BARE_KEY =
  /\b(add|app|call|contacts|diagnostics|end|failure|media|notice|path|recent|server|settings|volunteer|welcome)\.[a-z][\w-]*(\.[\w-]+)+/;

/** Keeps a picture of a page, with the report and in test-results/screens. Every text on it must be words. */
export async function picture(page: Page, name: string): Promise<void> {
  expect(await page.locator('body').textContent()).not.toMatch(BARE_KEY);
  const info = test.info();
  const folder = inProject('test-results/screens');
  mkdirSync(folder, { recursive: true });
  const body = await page.screenshot({ path: `${folder}/${info.project.name}-${name}.png` });
  await info.attach(name, { body, contentType: 'image/png' });
}

/** No rule of WCAG 2.2 A and AA that can be checked by machine may be broken on this page. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    // Electron's pages cannot open the second tab that axe wants for frames; there are no frames.
    .setLegacyMode(true)
    .analyze();
  const told = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((n) => `  ${n.html}`).join('\n')}`,
  );
  expect(told).toEqual([]);
}
