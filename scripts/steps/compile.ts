/** Small C programs, compiled when they are first needed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inProject } from './project.ts';
import { runCommand } from './run-command.ts';

const FOLDER = inProject('node_modules/.cache/compiled');
const COMPILE_LIMIT_MS = 60_000;

/**
 * Compiles a program of one file unless this very source was compiled before.
 *
 * @returns where the program is
 * @throws Error with what the compiler said
 */
export async function compileC(source: string): Promise<string> {
  const path = inProject(source);
  const name = basename(source, '.c');
  const hash = createHash('sha256').update(await readFile(path));
  const program = join(FOLDER, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  await mkdir(FOLDER, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const { code, output } = await runCommand('cc', ['-O2', '-Wall', '-Wextra', '-o', unfinished, path], {
    output: 'keep',
    limitMs: COMPILE_LIMIT_MS,
  });
  if (code !== 0)
    throw new Error(`${source} could not be compiled (Debian packages gcc, libc6-dev):\n${output}`);
  // Two runs may compile at once; each file is whole before it has the name.
  await rename(unfinished, program);
  return program;
}
