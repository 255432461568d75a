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
  /** It is ended after this long. */
  readonly limitMs?: number;
}

/** Runs a program in the project's folder and waits for its end. Never rejects. */
export function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { env, output = 'show', limitMs } = options;
  return new Promise((done) => {
    const stdio = output === 'show' ? 'inherit' : 'pipe';
    const child = spawn(program, args, {
      cwd: projectDirectory,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdio, stdio],
      // The programs in node_modules/.bin are scripts on Windows, which only a shell starts.
      shell: process.platform === 'win32',
    });
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
            child.kill('SIGKILL');
          }, limitMs);
    const end = (result: CommandResult) => {
      clearTimeout(timer);
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
