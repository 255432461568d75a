/**
 * npm run simnet: thousands of calls between random sites on the simulated internet, and which of them are direct. docs/simnet.md is what
 * it wrote with --write. With --nodes: hundreds of calls at a time among users of whom some lend their lines, and who carries them; that
 * is docs/simnet-nodes.md.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nodesPage } from '../test/simnet/nodes-page.ts';
import { nodesStudy } from '../test/simnet/nodes-study.ts';
import { studyPage } from '../test/simnet/page.ts';
import { searchStudy } from '../test/simnet/search-study.ts';
import { study } from '../test/simnet/study.ts';
import { inProject, say } from './steps/project.ts';

const USAGE = `Usage: npm run simnet -- [flags]

  --pairs N     calls, between sites that are drawn anew for each (10000)
  --searches N  birthday searches besides, held against the arithmetic (0)
  --nodes       calls at a time among users of whom some lend their lines, instead
  --users N     how many users there are then (2000)
  --calls N     how many calls at a time (500)
  --minutes N   for how long calls are placed, in simulated time (2)
  --seed S      another seed, another run; the same seed, the same one (byway)
  --json        print one JSON object instead of a table
  --write       keep the table in docs/simnet.md, or docs/simnet-nodes.md
`;

const EXIT_USAGE = 2;
const MINUTE_MS = 60_000;
/** A call among users is talked this long, and up to twice as long, ms. */
const TALK_MS = 30_000;

const flags = readFlags();
const startedAt = performance.now();
const passedSeconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
process.exitCode = (flags.nodes ? await studyNodes() : await studyPairs()) ? 0 : 1;

/** Whether the sides of no call disagreed. */
async function studyPairs(): Promise<boolean> {
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
  return calls.disagreements === 0;
}

/** Whether every call connected and was heard to its end. */
async function studyNodes(): Promise<boolean> {
  const { seed, users, calls, minutes } = flags;
  const result = await nodesStudy({
    seed,
    users,
    calls,
    durationMs: minutes * MINUTE_MS,
    talkMs: TALK_MS,
    onProgress: (passedMs, over) =>
      say(`  ${passedMs / MINUTE_MS} min, ${over} calls are over, ${passedSeconds()} s`),
  });
  const seconds = passedSeconds();
  const page = nodesPage(result, nodesCommand(), new Date().toISOString().slice(0, 'YYYY-MM-DD'.length));
  if (flags.write) writeFileSync(inProject('docs/simnet-nodes.md'), page);
  console.log(flags.json ? JSON.stringify({ ...result, seconds }) : page);
  return result.lost.length === 0;
}

/** What makes the same page again. */
function nodesCommand(): string {
  const { seed, users, calls, minutes } = flags;
  return `npm run simnet -- --nodes --users ${users} --calls ${calls} --minutes ${minutes} --seed ${seed} --write`;
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        pairs: { type: 'string', default: '10000' },
        searches: { type: 'string', default: '0' },
        nodes: { type: 'boolean', default: false },
        users: { type: 'string', default: '2000' },
        calls: { type: 'string', default: '500' },
        minutes: { type: 'string', default: '2' },
        seed: { type: 'string', default: 'byway' },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
      },
    });
    const whole = (name: 'pairs' | 'searches' | 'users' | 'calls' | 'minutes', least: number) => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= least) return value;
      throw new Error(`--${name} wants a whole number from ${least} on`);
    };
    return {
      ...values,
      pairs: whole('pairs', 1),
      searches: whole('searches', 0),
      users: whole('users', 2),
      calls: whole('calls', 1),
      minutes: whole('minutes', 1),
    };
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return process.exit(EXIT_USAGE);
  }
}
