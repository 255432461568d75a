/** Users who lend their lines, on the simulated internet: a small version of what `npm run simnet -- --nodes` runs. */
import { expect, it } from 'vitest';
import { nodesStudy } from './nodes-study.ts';

it('every call connects and is heard to its end, while nodes come and go', async () => {
  const study = await nodesStudy({
    seed: 'small',
    users: 60,
    calls: 15,
    durationMs: 20_000,
    talkMs: 10_000,
    onProgress: () => undefined,
  });
  console.log(JSON.stringify(study, null, 1));
  expect(study.lost).toEqual([]);
}, 60_000);
