/** The build in out/, made again only when something it is made from has changed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inProject, say } from './project.ts';
import { runCommand } from './run-command.ts';

const MADE_FROM = ['src', 'electron.vite.config.ts', 'package-lock.json', 'package.json'];
const STAMP = inProject('out', '.made-from');
const PRODUCTS = [
  'main/index.js',
  'main/headless.js',
  'main/server.js',
  'preload/index.cjs',
  'renderer/index.html',
];

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.(test|spec)\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A hash over every file the build is made from. Reading them all takes a few ms, and no clock can lie to it. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of MADE_FROM) {
    const whole = inProject(path);
    const files = path === 'src' ? (await filesUnder(whole)).sort() : [whole];
    for (const file of files) hash.update(file).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** Makes sure that out/ holds a build of the present sources. Throws with the builder's words when it cannot be made. */
export async function ensureBuilt(): Promise<void> {
  const wanted = await fingerprint();
  const complete = PRODUCTS.every((product) => existsSync(inProject('out', product)));
  if (complete && existsSync(STAMP) && (await readFile(STAMP, 'utf8')) === wanted) return;
  await build(wanted);
}

/** Builds from scratch. */
export async function build(madeFrom?: string): Promise<void> {
  const stamp = madeFrom ?? (await fingerprint());
  say('Byway: building.');
  await rm(STAMP, { force: true });
  const { code, output } = await runCommand('electron-vite', ['build', '--logLevel', 'warn'], {
    output: 'keep',
  });
  if (code !== 0) throw new Error(`the build failed:\n${output}`);
  await writeFile(STAMP, stamp);
}
