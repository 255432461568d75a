/**
 * npm run simnet: thousands of calls between random sites on the simulated internet, and which of them are direct. docs/simnet.md is what
 * it wrote with --write.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { studyPage } from '../test/simnet/page.ts';
import { searchStudy } from '../test/simnet/search-study.ts';
import { study } from '../test/simnet/study.ts';
import { inProject, say } from './steps/project.ts';

const USAGE = `Usage: npm run simnet -- [flags]

  --pairs N     calls, between sites that are drawn anew for each (10000)
  --searches N  birthday searches besides, held against the arithmetic (0)
  --seed S      another seed, another run; the same seed, the same one (byway)
  --json        print one JSON object instead of a table
  --write       keep the table in docs/simnet.md
`;

const EXIT_USAGE = 2;

const flags = readFlags();
const startedAt = performance.now();
const passedSeconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
const calls = await study(flags.seed, flags.pairs, (done) =>
  say(`  ${done} of ${flags.pairs} calls, ${passedSeconds()} s`),
);
const seconds = passedSeconds();
const search =
  flags.searches === 0
    ? undefined
    : await searchStudy(flags.seed, flags.searches, (done) =>
        say(`  ${done} of ${flags.searches} searches, ${passedSeconds()} s`),
      );
const page = studyPage(calls, search);
if (flags.write) writeFileSync(inProject('docs/simnet.md'), page);
console.log(flags.json ? JSON.stringify({ ...calls, seconds, search }) : page);
process.exitCode = calls.disagreements === 0 ? 0 : 1;

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        pairs: { type: 'string', default: '10000' },
        searches: { type: 'string', default: '0' },
        seed: { type: 'string', default: 'byway' },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
      },
    });
    const pairs = Number(values.pairs);
    if (!Number.isInteger(pairs) || pairs < 1) throw new Error('--pairs wants a whole number from 1 on');
    const searches = Number(values.searches);
    if (!Number.isInteger(searches) || searches < 0) throw new Error('--searches wants a whole number');
    return { ...values, pairs, searches };
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return process.exit(EXIT_USAGE);
  }
}
