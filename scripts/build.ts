/** npm run build: everything into out/. */
import { build } from './steps/build.ts';
import { say } from './steps/project.ts';

try {
  await build();
} catch (error) {
  say(`Byway: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
