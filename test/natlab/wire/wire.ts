/** The wire between a site and the internet: a small C program, compiled when it is first needed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Background, startProgram } from '../../../scripts/steps/background.ts';
import { inProject } from '../../../scripts/steps/project.ts';
import { runCommand } from '../../../scripts/steps/run-command.ts';

const SOURCE = inProject('test/natlab/wire/wire.c');
const FOLDER = inProject('node_modules/.cache/natlab');
const COMPILE_LIMIT_MS = 60_000;

export interface WireOptions {
  /** Compiled program, from `compileWire`. */
  readonly program: string;
  /** A namespace and the device to make in it, for each end. */
  readonly ends: readonly [WireEnd, WireEnd];
  /** One way, ms. */
  readonly delayMs: number;
  /** The same for IPv6, where that goes another way. */
  readonly ipv6DelayMs?: number;
  /** Of packets each way, per cent. */
  readonly lossPercent: number;
  readonly seed: number;
}

interface WireEnd {
  readonly namespace: string;
  readonly device: string;
}

/** Compiles the wire unless this very source was compiled before, and gives the program's path. */
export async function compileWire(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(SOURCE));
  const program = join(FOLDER, `wire-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(program)) return program;
  await mkdir(FOLDER, { recursive: true });
  const unfinished = `${program}.${process.pid}`;
  const { code, output } = await runCommand('cc', ['-O2', '-Wall', '-Wextra', '-o', unfinished, SOURCE], {
    output: 'keep',
    limitMs: COMPILE_LIMIT_MS,
  });
  if (code !== 0)
    throw new Error(`the wire could not be compiled (Debian packages gcc, libc6-dev):\n${output}`);
  // Two runs may compile at once; each file is whole before it has the name.
  await rename(unfinished, program);
  return program;
}

/** Lays a wire; both devices exist when it is there. */
export async function layWire({
  program,
  ends,
  delayMs,
  ipv6DelayMs = delayMs,
  lossPercent,
  seed,
}: WireOptions): Promise<Background> {
  const [near, far] = ends;
  const numbers = [delayMs * 1_000, ipv6DelayMs * 1_000, lossPercent * 100, seed].map((number) =>
    String(Math.round(number)),
  );
  const { process } = await startProgram(
    [program, near.namespace, near.device, far.namespace, far.device, ...numbers],
    (line) => (line === 'ready' ? true : undefined),
  );
  return process;
}
