/** The program of the laboratory, run in an enclosure: builds two sites and an internet, makes a call, says how it went. */

import { introduce } from '../../scripts/steps/people.ts';
import { say } from '../../scripts/steps/project.ts';
import { nodeOfCall } from './byway-page.ts';
import { furnishEnclosure } from './enclosure.ts';
import { letHappen } from './events.ts';
import { type Instructions, openLaboratory } from './laboratory.ts';
import { measuredCall, readyToCall, talkMs } from './measured-call.ts';
import { foundIpv6, foundNat, inWords, type LaboratoryResult } from './result.ts';
import { inResult } from './volunteers.ts';

/** Nothing that goes well takes longer beside what happens in the call, ms. */
const LIMIT_MS = 120_000;

const instructions = JSON.parse(process.argv[2] ?? '') as Instructions & { readonly json: boolean };
const limitMs = LIMIT_MS + Math.max(0, ...(instructions.events ?? []).map(({ atMs }) => atMs));
setTimeout(() => {
  say(`Byway: the laboratory did not come to an end within ${limitMs / 1_000} s.`);
  process.exit(1);
}, limitMs);
try {
  await furnishEnclosure();
  const { a: ada, b: ben, server, volunteers } = await openLaboratory(instructions);
  await introduce(ada, ben);
  const [adas, bens] = await readyToCall(ada, ben);
  const { kinds, events = [], ipv6 = 'none' } = instructions;
  const nat = [foundNat(adas), foundNat(bens)] as const;
  const foundSix = [foundIpv6(adas), foundIpv6(bens)] as const;
  const happened = (): Promise<number[]> =>
    letHappen(
      { kinds, ipv6, server, volunteers, carryingNode: () => nodeOfCall(ada.page), past: [] },
      events,
    );
  const measured = await measuredCall(ada, ben, { talkMs: talkMs(events), events, happened });
  const result: LaboratoryResult = {
    ...kinds,
    ...measured,
    nat,
    ipv6: foundSix,
    nodes: volunteers.map(inResult),
  };
  process.stdout.write(instructions.json ? `${JSON.stringify(result)}\n` : inWords(result));
  // The kernel ends and removes all that runs in the enclosure.
  process.exit(0);
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exit(1);
}
