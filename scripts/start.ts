/** npm start: the app in a window, or the same interface on loopback where no window can be opened. */
import { spawn } from 'node:child_process';
import { ensureBuilt } from './steps/build.ts';
import { ensureElectron, neededSwitches, noDisplayReason } from './steps/electron.ts';
import { inProject, projectDirectory, say } from './steps/project.ts';

/** An Electron that ends this soon with a failure could not start at all; later it is the app's own end. */
const STILLBORN_MS = 4_000;

/** Runs a program on this terminal until it ends; resolves with its exit code and how long it ran. */
function runHere(program: string, args: string[]): Promise<{ code: number; ranMs: number }> {
  return new Promise((done) => {
    const startedAt = performance.now();
    const child = spawn(program, args, { cwd: projectDirectory, stdio: 'inherit' });
    const end = (code: number) => done({ code, ranMs: performance.now() - startedAt });
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    process.on('SIGINT', () => {
      // The terminal sends it to the child as well; we end when it does.
    });
    child.on('error', () => end(127));
    child.on('exit', (code) => end(code ?? 1));
  });
}

/** Opens the window; resolves with a reason when none could be opened. */
async function startDesktop(args: string[]): Promise<{ code: number } | { why: string }> {
  const noDisplay = noDisplayReason();
  if (noDisplay !== undefined) return { why: noDisplay };
  const electron = await ensureElectron();
  if (!electron.found) return { why: electron.why };
  const { code, ranMs } = await runHere(electron.path, [...neededSwitches(), projectDirectory, ...args]);
  if (code !== 0 && ranMs < STILLBORN_MS) return { why: `Electron could not start here (exit code ${code})` };
  return { code };
}

const args = process.argv.slice(2);
try {
  await ensureBuilt();
  const desktop = args.includes('--headless') ? { why: 'you asked for no window' } : await startDesktop(args);
  if ('code' in desktop) {
    process.exitCode = desktop.code;
  } else {
    say(`Byway: no window, because ${desktop.why}.`);
    say('Instead, the same interface is served on this machine: open the address below in a browser here.');
    say(
      'What that costs: calls ring only while that page is open, and byway:// links do not open by a click.',
    );
    const rest = args.filter((arg) => arg !== '--headless');
    const { code } = await runHere(process.execPath, [inProject('out/main/headless.js'), ...rest]);
    process.exitCode = code;
  }
} catch (error) {
  say(`Byway: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
