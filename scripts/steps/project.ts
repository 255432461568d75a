/** Where the project is, and how scripts talk to the person who started them. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDirectory = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A path inside the project. */
export function inProject(...parts: string[]): string {
  return resolve(projectDirectory, ...parts);
}

/** Progress goes to standard error, so that standard output is free for what was asked for. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export const runsAsRoot = process.getuid?.() === 0;
