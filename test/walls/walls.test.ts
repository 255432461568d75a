/** The rules of `.dependency-cruiser.cjs` on a small project that breaks each of them once. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

const project = resolve(import.meta.dirname, '../..');
let directory: string;
let violations: readonly Violation[];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'byway-walls-'));
  cpSync(join(import.meta.dirname, 'fixture'), directory, { recursive: true });
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    copyFileSync(join(project, file), join(directory, file));
  }
  symlinkSync(join(project, 'node_modules'), join(directory, 'node_modules'));
  violations = cruise();
}, 60_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function cruise(): readonly Violation[] {
  const program = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const output = execFileSync(
    process.execPath,
    [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'],
    { cwd: directory, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  return JSON.parse(output).summary.violations;
}

const broken = (from: string): string[] => [
  ...new Set(violations.filter((violation) => violation.from === from).map(({ rule }) => rule.name)),
];

describe('the walls', () => {
  it.each([
    ['src/shared/words.ts', 'shared-imports-nothing-of-ours'],
    ['src/renderer/page.ts', 'renderer-only-shared'],
    ['src/preload/bridge.ts', 'preload-only-shared'],
    ['src/main/engine/upward.ts', 'engine-only-shared'],
    ['src/main/engine/forwarder/curious.ts', 'forwarder-knows-no-calls'],
    ['src/main/engine/electron.ts', 'only-desktop-knows-electron'],
    ['src/main/engine/serving.ts', 'only-the-embedded-server-starts-the-server'],
    ['src/main/engine/one.ts', 'no-cycles'],
    ['src/main/api/router.ts', 'api-only-engine-and-shared'],
    ['src/main/desktop/window.ts', 'desktop-not-headless'],
    ['src/main/headless/host.ts', 'headless-not-desktop'],
    ['src/main/machine/curious.ts', 'machine-only-what-the-rules-ask'],
    ['src/main/interface-user.ts', 'main-not-interface'],
    ['src/server/curious.ts', 'server-only-shared-and-the-stun-codec'],
    ['src/server/lost.ts', 'nothing-unresolved'],
    ['src/server/tool.ts', 'no-development-packages-in-the-product'],
  ])('stop %s: %s', (from, rule) => {
    expect(broken(from)).toContain(rule);
  });

  it('let pass what is allowed', () => {
    for (const from of [
      'src/shared/good.ts',
      'src/renderer/good.ts',
      'src/main/headless.ts',
      'src/main/embedded-server.ts',
      'src/server/index.ts',
    ]) {
      expect(broken(from)).toEqual([]);
    }
    expect(broken('src/main/desktop/window.ts')).toEqual(['desktop-not-headless']);
  });
});
