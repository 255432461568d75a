/**
 * npm run soak -- [--minutes 30] [--bridges 50] [--json]: calls come and go through a volunteer's node for a long time. It fails where anything
 * has grown after the first sixth.
 */
import { parseArgs } from 'node:util';
import { soak } from '../bench/soak.ts';
import { ensureBuilt } from './steps/build.ts';
import { say } from './steps/project.ts';

try {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      bridges: { type: 'string', default: '50' },
      json: { type: 'boolean', default: false },
    },
    strict: true,
  });
  const [minutes, bridges] = [Number(values.minutes), Number(values.bridges)];
  if (!(minutes > 0) || !Number.isInteger(bridges) || bridges < 1 || bridges > 500)
    throw new Error('--minutes must be above 0, and --bridges a whole number from 1 to 500');
  await ensureBuilt();
  const result = await soak(say, { minutes, bridges });
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
  process.exitCode = result.grew.length === 0 && result.calls > 0 ? 0 : 1;
} catch (error) {
  say(`Byway: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
