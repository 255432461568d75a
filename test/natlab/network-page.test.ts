/** What the connection check says of real NATs: the page of a real engine in a real browser at each site. */
import { mkdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/steps/browser.ts';
import { ensureBuilt } from '../../scripts/steps/build.ts';
import { inProject } from '../../scripts/steps/project.ts';
import { runEnclosed } from './enclosure.ts';
import type { Kind } from './kinds.ts';
import type { PageInstructions, PageReading } from './network-page.ts';
import { missingForLaboratory } from './prerequisites.ts';
import { compileWire } from './wire/wire.ts';

const DELAY_MS = 20;
const FOLDER = inProject('test-results/screens');

/** What each kind of network is told. */
const EXPECTED: Partial<Record<Kind, { outlook: string; mapping: string; filtering: string }>> = {
  open: { outlook: 'everybody', mapping: 'good', filtering: 'good' },
  fullcone: { outlook: 'everybody', mapping: 'good', filtering: 'good' },
  addr: { outlook: 'everybody', mapping: 'good', filtering: 'good' },
  port: { outlook: 'most', mapping: 'good', filtering: 'good' },
  symseq: { outlook: 'most', mapping: 'note', filtering: 'good' },
  sym: { outlook: 'open-networks', mapping: 'note', filtering: 'note' },
  cgn: { outlook: 'open-networks', mapping: 'note', filtering: 'note' },
  udpblock: { outlook: 'blocked', mapping: 'untested', filtering: 'untested' },
};

let wireProgram: string;
beforeAll(async () => {
  expect(await missingForLaboratory()).toBeUndefined();
  await ensureBuilt();
  wireProgram = await compileWire();
  await mkdir(FOLDER, { recursive: true });
}, 180_000);

describe('the connection check', () => {
  test.each([
    ['open', 'port'],
    ['sym', 'symseq'],
    ['fullcone', 'udpblock'],
    ['addr', 'cgn'],
  ] as const)('says of %s and %s what they are', async (a, b) => {
    const instructions: PageInstructions = {
      kinds: { a, b },
      delayMs: DELAY_MS,
      lossPercent: 0,
      relay: 'none',
      wireProgram,
      browser: findBrowser() ?? '',
      folder: FOLDER,
    };
    const code = await runEnclosed('test/natlab/network-page.ts', instructions);
    expect(code).toBe(0);
    const readings: PageReading[] = JSON.parse(
      await readFile(`${FOLDER}/network-page-${a}-${b}.json`, 'utf8'),
    );
    for (const [index, kind] of [a, b].entries()) {
      const { outlook, verdicts, report } = readings[index] as PageReading;
      const { mapping, filtering } = verdicts;
      expect({ outlook, mapping, filtering }, report).toEqual(EXPECTED[kind]);
      expect(verdicts).toMatchObject({ interface: 'good', sockets: 'good', server: 'good', portal: 'good' });
      expect(verdicts.udp).toBe(kind === 'udpblock' ? 'bad' : 'good');
    }
  });
});
