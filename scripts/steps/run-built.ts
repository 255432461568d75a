/** Runs one of the built programs in this process. */
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.ts';
import { inProject, say } from './project.ts';

/** Builds when the sources are newer, then runs out/main/<name>.js with the arguments of this process. */
export async function runBuilt(name: 'headless' | 'server'): Promise<void> {
  try {
    await ensureBuilt();
    const program = inProject('out/main', `${name}.js`);
    process.argv.splice(1, 1, program);
    await import(pathToFileURL(program).href);
  } catch (error) {
    say(`Byway: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
