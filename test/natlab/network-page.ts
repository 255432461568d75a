/** Run in an enclosure: what the connection check says at each site of a laboratory, read off its page. */
import { writeFile } from 'node:fs/promises';
import { part } from '../../scripts/steps/interface-driver.ts';
import type { Person } from '../../scripts/steps/people.ts';
import { say } from '../../scripts/steps/project.ts';
import { furnishEnclosure } from './enclosure.ts';
import { type Instructions, openLaboratory } from './laboratory.ts';

export interface PageReading {
  /** Name of the summary. */
  readonly outlook: string;
  /** Verdict of each check by its name. */
  readonly verdicts: Readonly<Record<string, string>>;
  /** The report as it would be copied, addresses left out. */
  readonly report: string;
}

export interface PageInstructions extends Instructions {
  /** Where the readings of both sites are written, and a picture of each page beside them. */
  readonly folder: string;
}

/** Discovery has its own limit, which is shorter; the rest is a busy machine's, ms. */
const SETTLE_LIMIT_MS = 25_000;
const TALL = { width: 1_080, height: 1_700 };

async function readingOf({ page }: Person, picture: string): Promise<PageReading> {
  await part(page, 'diagnostics').click();
  await part(page, 'diagnostics-steps').waitFor();
  await page
    .locator('[data-testid=diagnostics-refresh][data-running=false]')
    .waitFor({ timeout: SETTLE_LIMIT_MS });
  await page.locator('[data-verdict=pending]').first().waitFor({ state: 'detached' });
  await page.setViewportSize(TALL);
  await page.screenshot({ path: picture });
  await part(page, 'report-preview').click();
  const verdicts = await page
    .locator('[data-testid^=step-]')
    .evaluateAll((steps) => steps.map(({ dataset }) => [dataset.testid?.slice(5), dataset.verdict]));
  return {
    outlook: (await part(page, 'outlook').getAttribute('data-outlook')) ?? '',
    verdicts: Object.fromEntries(verdicts),
    report: await part(page, 'report-text').inputValue(),
  };
}

try {
  const instructions: PageInstructions = JSON.parse(process.argv[2] ?? '');
  await furnishEnclosure();
  const people = await openLaboratory(instructions);
  const { kinds, folder } = instructions;
  const [a, b] = await Promise.all([
    readingOf(people.a, `${folder}/network-page-${kinds.a}.png`),
    readingOf(people.b, `${folder}/network-page-${kinds.b}.png`),
  ]);
  await writeFile(`${folder}/network-page-${kinds.a}-${kinds.b}.json`, JSON.stringify([a, b]));
  process.exit(0);
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exit(1);
}
