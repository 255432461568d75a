/** npm start: the app in a window, or the same interface on loopback where no window can be opened. */
import { spawn } from 'node:child_process';
import { ensureBuilt } from './steps/build.ts';
import { ensureElectron, neededSwitches, noDisplayReason } from './steps/electron.ts';
import { inProject, projectDirectory, say } from './steps/project.ts';
import { readStartFlags, START_USAGE, type StartFlags } from './steps/start-flags.ts';

/** The exit code for flags that cannot be used. */
const EXIT_USAGE = 2;

interface End {
  readonly code: number;
  /** The app itself ran: it showed its window, or said why not. Without this, the program could not start here at all. */
  readonly started: boolean;
}

/** Runs a program on this terminal until it ends. */
function runHere(program: string, args: readonly string[]): Promise<End> {
  return new Promise((done) => {
    let started = false;
    const child = spawn(program, args, {
      cwd: projectDirectory,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (message) => {
      started ||= message === 'started';
    });
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    process.on('SIGINT', () => {
      // The terminal sends it to the child as well; we end when it does.
    });
    child.on('error', () => done({ code: 127, started }));
    child.on('exit', (code) => done({ code: code ?? 1, started }));
  });
}

/** Opens the window; resolves with a reason when none could be opened. */
async function startDesktop(args: readonly string[]): Promise<{ code: number } | { why: string }> {
  const electron = await ensureElectron();
  if (!electron.found) return { why: electron.why };
  const { code, started } = await runHere(electron.path, [...neededSwitches(), projectDirectory, ...args]);
  if (code !== 0 && !started) return { why: `Electron could not start here (exit code ${code})` };
  return { code };
}

async function start({ headless, window, noWindow }: StartFlags, noDisplay: string | undefined) {
  await ensureBuilt();
  const reason = headless ? 'you asked for no window' : noDisplay;
  const desktop = reason === undefined ? await startDesktop(window) : { why: reason };
  if ('code' in desktop) return desktop.code;
  say(`Byway: no window, because ${desktop.why}.`);
  say('Instead, the same interface is served on this machine: open the address below in a browser here.');
  say('What that costs: calls ring only while that page is open, and byway:// links do not open by a click.');
  const { code } = await runHere(process.execPath, [inProject('out/main/headless.js'), ...noWindow]);
  return code;
}

const noDisplay = noDisplayReason();
const flags = readStartFlags(process.argv.slice(2), noDisplay === undefined);
if (flags === 'help') {
  process.stdout.write(START_USAGE);
} else if ('problems' in flags) {
  for (const problem of flags.problems) say(`Byway: ${problem}`);
  say('See npm start -- --help');
  process.exitCode = EXIT_USAGE;
} else {
  try {
    process.exitCode = await start(flags, noDisplay);
  } catch (error) {
    say(`Byway: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
