/**
 * npm run demo: a server and two users on this machine, and a call between them. In windows where there is a display;
 * `--json` runs unattended in a browser without windows and prints one JSON object.
 */
import { parseArgs } from 'node:util';
import { type DemoResult, measuredCall } from './demo/measured-call.ts';
import { startVolunteer } from './demo/volunteer.ts';
import { findBrowser } from './steps/browser.ts';
import { ensureBuilt } from './steps/build.ts';
import { startServerProcess } from './steps/byway-processes.ts';
import { installDebianPackages } from './steps/debian.ts';
import { ensureElectron, noDisplayReason } from './steps/electron.ts';
import { hideAddress } from './steps/interface-driver.ts';
import { introduce, type Person, type PersonOptions, personInApp, personInBrowser } from './steps/people.ts';
import { say } from './steps/project.ts';

const USAGE = `Usage: npm run demo -- [flags]

  --json       unattended, in a browser without windows; prints one JSON object
  --browser    in browser windows, even where Electron is there
  --path KIND  over a path of this kind, by refusing the better ones: direct, sfu, relay (direct)
  --devices    with the real microphone and camera (two users on one machine will echo)
`;

type OpenPerson = (options: PersonOptions) => Promise<Person>;

interface Stage {
  /** Whether anybody can see it; otherwise it ends when it has measured. */
  readonly visible: boolean;
  readonly open: OpenPerson;
}

/** What the fake microphones speak with, Hz: told apart by ear, and by the echo canceller. */
const VOICES = { Ada: 210, Ben: 120 } as const;

const PATHS = ['direct', 'sfu', 'relay'];

const flags = readFlags();
try {
  await ensureBuilt();
  await demo(await setStage());
} catch (error) {
  say(`Byway: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function demo(stage: Stage): Promise<void> {
  const closing: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  process.once('SIGINT', () => void end().then(() => process.exit(130)));
  try {
    const server = await startServerProcess({ flags: ['--one-machine'] });
    closing.push(() => server.stop());
    if (flags.path === 'sfu') closing.push(await startVolunteer(server.url));
    const person = async (name: keyof typeof VOICES): Promise<Person> => {
      const voiceHz = flags.devices ? undefined : VOICES[name];
      const opened = await stage.open({ name, serverUrl: server.url, voiceHz });
      closing.push(() => opened.close());
      return opened;
    };
    const ada = await person('Ada');
    const ben = await person('Ben');
    say('Byway: Ada asks Ben to be a contact, Ben accepts, Ada calls, Ben answers.');
    if (flags.path !== 'direct') await hideAddress(ada.page);
    await introduce(ada, ben);
    const result = await measuredCall(ada, ben);
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else say(inWords(result));
    if (!stage.visible) return;
    say('Byway: the call goes on. Close a window, or press Ctrl+C here, to end the demo.');
    await Promise.race([ada.closed, ben.closed]);
  } finally {
    await end();
  }
}

/** Windows of the app, else of a browser, else a browser nobody sees. */
async function setStage(): Promise<Stage> {
  const noDisplay = noDisplayReason();
  if (!flags.json && !flags.browser && noDisplay === undefined) {
    const electron = await ensureElectron();
    if (electron.found) {
      return { visible: true, open: (options) => personInApp(electron.path, options) };
    }
    say(`Byway: no app windows, because ${electron.why}. A browser shows the same interface instead.`);
  }
  // A Chromium that BYWAY_CHROMIUM names and that is not there is not replaced by another.
  if (findBrowser() === undefined && !process.env.BYWAY_CHROMIUM) await installDebianPackages(['chromium']);
  const executable = findBrowser();
  if (executable === undefined) {
    throw new Error(
      'the demo needs a Chromium or Chrome here, and found none. Install one (Debian: apt-get install chromium), ' +
        'or name it in BYWAY_CHROMIUM. Until then only "npm start" can be tried.',
    );
  }
  const visible = !flags.json && noDisplay === undefined;
  if (!flags.json && noDisplay !== undefined) {
    say(`Byway: no windows, because ${noDisplay}. The call is made in a browser nobody sees, and measured.`);
  }
  return { visible, open: (options) => personInBrowser(executable, !visible, options) };
}

function inWords(result: DemoResult): string {
  const cpu = result.engineCpuPercent.map((percent) => (percent === null ? 'unknown' : `${percent} %`));
  return [
    '',
    `  path                        ${result.path}`,
    `  ready while it rang after   ${result.setupMs} ms`,
    `  sound after the answer      ${result.answerToAudioMs} ms`,
    `  picture after the answer    ${result.answerToVideoMs} ms (for the caller ${result.callerSeesMs} ms: the other camera opens first)`,
    `  frames decoded              ${result.framesDecoded.join(' and ')}`,
    `  round trip                  ${result.rttMs} ms`,
    `  engines' processor time     ${cpu.join(' and ')} of one core`,
    '',
  ].join('\n');
}

function readFlags(): { json: boolean; browser: boolean; devices: boolean; path: string } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        browser: { type: 'boolean', default: false },
        devices: { type: 'boolean', default: false },
        path: { type: 'string', default: 'direct' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!PATHS.includes(values.path)) throw new Error(`--path must be one of ${PATHS.join(', ')}`);
    if (!values.help) return values;
    process.stdout.write(USAGE);
    process.exit(0);
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}
