/** npm run bench -- <what> [--json]: on a build of the present sources. */
import { ensureBuilt } from './steps/build.ts';
import { say } from './steps/project.ts';

try {
  await ensureBuilt();
  await import('../bench/index.ts');
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exitCode = 1;
}
