/** The parts of `npm test`, each with what it needs and how its tests are counted. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { missingForLaboratory } from '../../test/natlab/prerequisites.ts';
import { findBrowser } from './browser.ts';
import { build } from './build.ts';
import { hasDisplay } from './display.ts';
import { ensureElectron } from './electron.ts';
import { inProject } from './project.ts';
import { outputOf, runCommand } from './run-command.ts';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Tests that were not run, by name. */
  readonly skipped: readonly string[];
}

export interface TestPart {
  readonly name: string;
  /** What is missing on this machine, in words; undefined when it can run. */
  missing(): Promise<string | undefined>;
  run(): Promise<Outcome>;
}

/** A part that hangs is ended after this, ms. On two quiet cores the longest, the unit tests one after another, takes ten minutes. */
const PART_LIMIT_MS = 20 * 60_000;

const nothingMissing = async (): Promise<undefined> => undefined;

/** A command that passes or fails as a whole. */
function command(name: string, program: string, args: readonly string[]): TestPart {
  return {
    name,
    missing: nothingMissing,
    async run() {
      const { code } = await runCommand(program, args, { limitMs: PART_LIMIT_MS });
      return code === 0 ? { passed: 1, failed: 0, skipped: [] } : { passed: 0, failed: 1, skipped: [] };
    },
  };
}

/** The report a test runner wrote; undefined when it did not get that far. */
async function report(file: string): Promise<unknown> {
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}

interface UnitReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Tests that Vitest runs, by the configuration `args` name. */
async function vitest(name: string, args: readonly string[] = []): Promise<Outcome> {
  const file = inProject('test-results', `${name}.json`);
  await rm(file, { force: true });
  const { code } = await runCommand(
    'vitest',
    ['run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { limitMs: PART_LIMIT_MS },
  );
  const result = (await report(file)) as UnitReport | undefined;
  const failed = result?.numFailedTests ?? 0;
  const skipped = (result?.testResults ?? [])
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ fullName }) => fullName);
  // A file that cannot even be loaded fails without a failed test.
  return {
    passed: result?.numPassedTests ?? 0,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped,
  };
}

const unit: TestPart = {
  name: 'unit',
  missing: nothingMissing,
  run: () => vitest('unit'),
};

const natlab: TestPart = {
  name: 'natlab',
  missing: () => missingForLaboratory({ turnutils_natdiscovery: 'coturn' }),
  run: () => vitest('natlab', ['--config', 'test/natlab/vitest.config.ts']),
};

const buildPart: TestPart = {
  name: 'build',
  missing: nothingMissing,
  async run() {
    try {
      await build();
      return { passed: 1, failed: 0, skipped: [] };
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return { passed: 0, failed: 1, skipped: [] };
    }
  },
};

interface EndToEndSuite {
  readonly suites?: readonly EndToEndSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly tests: readonly { readonly status: string }[];
  }[];
}

function skippedIn(suite: EndToEndSuite): string[] {
  const own = (suite.specs ?? [])
    .filter(({ tests }) => tests.some(({ status }) => status === 'skipped'))
    .map(({ title }) => title);
  return [...own, ...(suite.suites ?? []).flatMap(skippedIn)];
}

/** One or more projects of the end-to-end tests, on a screen of their own where there is none. */
async function endToEnd(projects: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const file = inProject('test-results', `e2e-${projects.join('-')}.json`);
  await rm(file, { force: true });
  const args = ['test', ...projects.map((project) => `--project=${project}`)];
  const needsScreen = !hasDisplay();
  const [program, programArgs] = needsScreen
    ? ['xvfb-run', ['-a', '--server-args=-screen 0 1400x1000x24', 'playwright', ...args]]
    : ['playwright', args];
  const { code } = await runCommand(program, programArgs, {
    env: { ...env, BYWAY_E2E_REPORT: file },
    limitMs: PART_LIMIT_MS,
  });
  const result = (await report(file)) as
    | (EndToEndSuite & { stats: { expected: number; unexpected: number; flaky: number } })
    | undefined;
  const failed = (result?.stats.unexpected ?? 0) + (result?.stats.flaky ?? 0);
  return {
    passed: result?.stats.expected ?? 0,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: result === undefined ? [] : skippedIn(result),
  };
}

async function noScreen(): Promise<string | undefined> {
  if (hasDisplay() || (await outputOf('sh', ['-c', 'command -v xvfb-run'])) !== undefined) return undefined;
  return 'there is no display and no xvfb-run (Debian package xvfb)';
}

const browser: TestPart = {
  name: 'browser',
  async missing() {
    if (findBrowser() === undefined) return 'there is no Chromium or Chrome (Debian package chromium)';
    return noScreen();
  },
  run() {
    const gallery = existsSync(inProject('test/e2e/gallery.spec.ts')) ? ['gallery'] : [];
    return endToEnd(['browser', ...gallery]);
  },
};

const desktop: TestPart = {
  name: 'desktop',
  async missing() {
    const electron = await ensureElectron();
    return electron.found ? noScreen() : electron.why;
  },
  async run() {
    const electron = await ensureElectron();
    return endToEnd(['desktop'], electron.found ? { BYWAY_ELECTRON: electron.path } : {});
  },
};

/** In the order they run: what is quick to fail comes first, what needs the build after it. */
export const TEST_PARTS: readonly TestPart[] = [
  command('lint', 'biome', ['check', '--error-on-warnings']),
  command('walls', 'npm', ['run', '--silent', 'walls']),
  command('unused', 'knip', []),
  command('types of the main process and server', 'tsc', ['-p', 'tsconfig.json']),
  command('types of the interface', 'tsc', ['-p', 'tsconfig.web.json']),
  command('types of scripts and tests', 'tsc', ['-p', 'tsconfig.tools.json']),
  unit,
  buildPart,
  browser,
  natlab,
  desktop,
];
