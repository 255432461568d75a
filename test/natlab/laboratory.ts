/** The laboratory as a whole: an internet, the rendezvous server in its middle, and a person at each site. */
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from '@playwright/test';
import { chromiumSwitches } from '../../scripts/steps/browser.ts';
import type { ServerProcess } from '../../scripts/steps/byway-processes.ts';
import { deviceSwitches, type Person, personInBrowser } from '../../scripts/steps/people.ts';
import { HTTPS_PORT, SERVER, type Site } from './addresses.ts';
import type { LaboratoryEvent } from './events.ts';
import { buildInternet, type InternetOptions } from './internet.ts';
import { addIpv6 } from './ipv6.ts';
import type { Kind } from './kinds.ts';
import { within } from './namespaces.ts';
import { installProbe } from './probe.ts';
import { type Relay, startServerInTheMiddle } from './rendezvous.ts';
import { startVolunteers, type Volunteer } from './volunteers.ts';

export interface Instructions extends InternetOptions {
  /** The browser's executable. */
  readonly browser: string;
  readonly relay: Relay;
  /** What happens once both see each other. */
  readonly events?: readonly LaboratoryEvent[];
}

/** What the fake microphones speak with, Hz: told apart by the echo canceller. */
const PEOPLE = { a: { name: 'Ada', voiceHz: 210 }, b: { name: 'Ben', voiceHz: 120 } } as const;

export interface Laboratory extends Record<Site, Person> {
  readonly server: ServerProcess;
  readonly volunteers: readonly Volunteer[];
  /** A browser at a site that knows nothing of Byway: with Chromium's own choice of addresses for plain WebRTC. */
  plainBrowser(site: Site): Promise<Browser>;
}

/** Builds all of it. It lasts as long as this process. */
export async function openLaboratory(instructions: Instructions): Promise<Laboratory> {
  const namespaces = await buildInternet(instructions);
  await addIpv6(instructions);
  const { relay, ipv6 = 'none' } = instructions;
  const server = await startServerInTheMiddle(relay, ipv6 !== 'none');
  const person = async (site: Site): Promise<Person> =>
    personInBrowser(await browserWithin(namespaces[site], instructions.browser), true, {
      ...PEOPLE[site],
      serverUrl: serverUrlFor(instructions.kinds[site]),
      within: within(namespaces[site]),
      prepare: installProbe,
    });
  const [a, b, volunteers] = await Promise.all([
    person('a'),
    person('b'),
    startVolunteers(instructions.nodes ?? [], serverUrlFor),
  ]);
  const plainBrowser = (site: Site) => openPlainBrowser(site, namespaces[site], instructions.browser);
  return { a, b, server, volunteers, plainBrowser };
}

/** A browser at a site that knows nothing of Byway. @param browser its executable */
export async function openPlainBrowser(site: Site, namespace: string, browser: string): Promise<Browser> {
  const folder = await mkdtemp(join(tmpdir(), 'byway-plain-'));
  return chromium.launch({
    executablePath: await browserWithin(namespace, browser),
    args: [...chromiumSwitches(), ...(await deviceSwitches(folder, PEOPLE[site].voiceHz))],
  });
}

function serverUrlFor(kind: Kind): string {
  return `ws://${SERVER.address}:${kind === 'tcp443' ? HTTPS_PORT : SERVER.port}`;
}

/** An executable that starts the browser inside a namespace: Playwright takes no command line, only a file. */
export async function browserWithin(namespace: string, browser: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'byway-browser-')), 'browser');
  await writeFile(
    file,
    `#!/bin/sh\nexec ${within(namespace).join(' ')} '${browser.replaceAll("'", "'\\''")}' "$@"\n`,
  );
  await chmod(file, 0o755);
  return file;
}
