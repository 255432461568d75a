/**
 * An enclosure of the kernel's making: own network, own processes, own mounts. All that the laboratory makes lies in it — network
 * namespaces, rules, devices, programs, temporary files — so that the kernel takes everything back when the first process in it ends,
 * however it ends. Several can stand side by side and know nothing of each other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { inProject } from '../../scripts/steps/project.ts';
import { feed } from './namespaces.ts';
import { commandOf, parentOf } from './processes.ts';

/** Folders that exist on every Linux, hold nothing that lasts, and inside get a content of their own. */
const SYSTEM_STATE = '/run';
const TEMPORARY = '/dev/shm';
/** How often to look whether whoever started us is still there, ms. */
const LOOK_EVERY_MS = 500;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a program of the laboratory in an enclosure and gives its exit code. What it prints goes where our own output
 * goes. It is ended with everything in it when we are signalled, killed, or left alone by whoever started us.
 */
export async function runEnclosed(program: string, instructions: unknown): Promise<number> {
  const unshare = ['unshare', '--net', '--mount', '--propagation', 'private'];
  const processes = ['--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', inProject(program)];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', ...unshare, ...processes, ...node, JSON.stringify(instructions)],
    { stdio: 'inherit' },
  );
  const ended = new Promise<number>((done, failed) => {
    child.on('error', failed);
    child.on('exit', (code, signal) => done(code ?? exitCodeOf(signal ?? 'SIGKILL')));
  });
  let told: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    told = exitCodeOf(signal);
    endInside(child);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
  const stopLooking = whenLeftAlone(() => stop('SIGHUP'));
  const code = await ended;
  stopLooking();
  for (const signal of STOP_SIGNALS) process.off(signal, stop);
  return told ?? code;
}

/** Called first by every program that runs in an enclosure. */
export async function furnishEnclosure(): Promise<void> {
  for (const folder of [SYSTEM_STATE, TEMPORARY]) await feed('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
  // Programs keep caches and settings in the home folder, and those are to go as well.
  Object.assign(process.env, { TMPDIR: TEMPORARY, HOME: TEMPORARY });
  // The first process of an enclosure gets no signal that it has no listener for.
  for (const signal of STOP_SIGNALS) process.on(signal, () => process.exit(exitCodeOf(signal)));
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Kills the first process inside: `unshare` then ends when the kernel has ended all others too. */
function endInside(unshare: ChildProcess): void {
  try {
    const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8').trim();
    for (const pid of children.split(' ').filter((text) => text !== '')) process.kill(Number(pid), 'SIGKILL');
    if (children !== '') return;
  } catch (error) {
    // It ended meanwhile, or this kernel lists no children; `unshare` itself passes its own end on.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  unshare.kill('SIGKILL');
}

/**
 * Calls back when the process that started this one has ended without a word: killed, it cannot pass a signal on. Run by npm, that
 * goes for all processes up to npm itself.
 */
function whenLeftAlone(callback: () => void): () => void {
  const starters = startersOf(process.pid);
  const timer = setInterval(() => {
    if (starters.every(([pid, parent]) => parentOf(pid) === parent)) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** Pairs of a process and its parent: this one, and with npm those above it up to npm. */
function startersOf(first: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let pid = first;
  for (;;) {
    const parent = parentOf(pid);
    if (parent <= 1) return pairs;
    pairs.push([pid, parent]);
    if (process.env.npm_lifecycle_event === undefined || commandOf(parent).startsWith('npm')) return pairs;
    pid = parent;
  }
}
