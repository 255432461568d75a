/** Programs that run and end. */
import { spawn } from 'node:child_process';
import { projectDirectory } from './project.ts';

export interface CommandResult {
  /** Exit code; 127 when there is no such program, 128 + n for a signal. */
  readonly code: number;
  /** What it wrote to both outputs, in order. Empty when it wrote to the terminal itself. */
  readonly output: string;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** `show` lets it write to the terminal, `keep` collects, `both` does both (to standard error). */
  readonly output?: 'show' | 'keep' | 'both';
  /** It is ended after this long, with all that it started. */
  readonly limitMs?: number;
}

/** What ends us from outside. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a program in the project's folder and waits for its end. Never rejects. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { env, output = 'show', limitMs } = options;
  const isGroup = limitMs !== undefined && process.platform !== 'win32';
  return new Promise((done) => {
    const stdio = output === 'show' ? 'inherit' : 'pipe';
    const child = spawn(program, args, {
      cwd: projectDirectory,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdio, stdio],
      // The programs in node_modules/.bin are scripts on Windows, which only a shell starts.
      shell: process.platform === 'win32',
      detached: isGroup,
    });
    // A group of its own can be ended whole: a browser outlives the script that started it.
    const endAll = () => {
      try {
        if (isGroup && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // It has ended.
      }
    };
    // What the terminal says to our group it does not say to that one.
    const passOn = (signal: NodeJS.Signals) => {
      endAll();
      for (const each of ENDING) process.off(each, passOn);
      process.kill(process.pid, signal);
    };
    if (isGroup) for (const signal of ENDING) process.on(signal, passOn);
    let said = '';
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (output === 'both') process.stderr.write(chunk);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    const timer =
      limitMs === undefined
        ? undefined
        : setTimeout(() => {
            said += `\nended after ${limitMs / 1000} s\n`;
            endAll();
          }, limitMs);
    const end = (result: CommandResult) => {
      clearTimeout(timer);
      for (const signal of ENDING) process.off(signal, passOn);
      done(result);
    };
    child.on('error', (error) => end({ code: 127, output: `${said}${error.message}\n` }));
    child.on('close', (code, signal) => end({ code: code ?? (signal ? 137 : 1), output: said }));
  });
}

/** Runs a program for its output alone; undefined when it is missing or fails. */
export async function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await runCommand(program, args, { output: 'keep', limitMs: 20_000 });
  return code === 0 ? output.trim() : undefined;
}
