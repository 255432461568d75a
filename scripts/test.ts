/**
 * npm test: every check there is. What this machine cannot run is named at the end with its reason; with CI=true or
 * BYWAY_STRICT=1 that fails the run. `--only browser,desktop` runs some parts (and the build they need).
 */
import { parseArgs } from 'node:util';
import { ensureBuilt } from './steps/build.ts';
import { installDebianPackages } from './steps/debian.ts';
import { say } from './steps/project.ts';
import { TEST_PARTS } from './steps/test-parts.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const only = values.only?.split(',');
const unknown = only?.filter((name) => !TEST_PARTS.some((part) => part.name === name)) ?? [];
if (unknown.length > 0) {
  say(`There is no part ${unknown.join(', ')}. Parts: ${TEST_PARTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
// A log that is kept is read as plain text.
if (process.env.CI !== undefined) {
  delete process.env.FORCE_COLOR;
  process.env.NO_COLOR = '1';
}
const strict = /^(1|true)$/i.test(process.env.CI ?? '') || process.env.BYWAY_STRICT === '1';

let passed = 0;
let failed = 0;
const leftOut: string[] = [];
const summary: string[] = [];

await installDebianPackages();
if (only !== undefined && !only.includes('build')) await ensureBuilt();

for (const part of TEST_PARTS) {
  if (only !== undefined && !only.includes(part.name)) continue;
  const why = await part.missing();
  if (why !== undefined) {
    leftOut.push(`${part.name}: ${why}`);
    continue;
  }
  say(`\n== ${part.name}`);
  const startedAt = performance.now();
  const outcome = await part.run();
  passed += outcome.passed;
  failed += outcome.failed;
  leftOut.push(...outcome.skipped.map((name) => `${part.name}: ${name} (skipped by itself)`));
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  summary.push(`${part.name}: ${outcome.passed} passed, ${outcome.failed} failed, ${seconds} s`);
}

console.log(`\n${summary.join('\n')}`);
if (leftOut.length > 0) {
  console.log(`\nLeft out${strict ? ', which counts as failed here' : ''}:`);
  for (const each of leftOut) console.log(`  ${each}`);
  if (strict) failed += leftOut.length;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
