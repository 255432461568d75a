/** Programs that go on running beside a script: servers and engines. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectDirectory } from './project.ts';

/** A program that has not said that it is ready after this long will not, ms. */
const READY_LIMIT_MS = 20_000;
/** Time to say goodbye after SIGTERM, ms; then it is ended. */
const STOP_LIMIT_MS = 6_000;

export interface Background {
  readonly pid: number;
  readonly child: ChildProcess;
  /** All it wrote to standard error so far. */
  said(): string;
  /** Ends it and waits until it is gone. Twice is fine. */
  stop(): Promise<void>;
}

/**
 * Starts a program and waits for the first line of its standard output that `ready` makes something of.
 *
 * @throws when it ends or stays silent instead, with what it said
 */
export async function startProgram<Ready>(
  [program = '', ...args]: readonly string[],
  ready: (line: string) => Ready | undefined,
): Promise<{ process: Background; ready: Ready }> {
  const child = spawn(program, args, { cwd: projectDirectory, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const background: Background = { pid: child.pid ?? 0, child, said: () => said, stop: () => stop(child) };
  try {
    return { process: background, ready: await firstLine(child, ready, () => said) };
  } catch (error) {
    await background.stop();
    throw error;
  }
}

function firstLine<Ready>(
  child: ChildProcess,
  ready: (line: string) => Ready | undefined,
  said: () => string,
): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (what: string) => {
      clearTimeout(timer);
      reject(new Error(`${child.spawnargs.slice(1).join(' ')} ${what}\n${said()}${text}`));
    };
    const timer = setTimeout(() => fail(`did not start within ${READY_LIMIT_MS / 1000} s`), READY_LIMIT_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with code ${code}`));
    child.stdout?.on('data', (chunk) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const value = ready(line);
        if (value === undefined) continue;
        clearTimeout(timer);
        resolve(value);
      }
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}
