/**
 * What a test needs of the machine it runs on. Where that is missing the test is skipped with the reason; in CI, or with
 * BYWAY_STRICT=1, it fails with it, because there everything is to be tried.
 */
import type { TestContext } from 'vitest';
import { findBrowser } from '../../scripts/steps/browser.ts';
import { runsAsRoot } from '../../scripts/steps/project.ts';
import { outputOf } from '../../scripts/steps/run-command.ts';

const strict = /^(1|true)$/i.test(process.env.CI ?? '') || process.env.BYWAY_STRICT === '1';

/** The path of a program of the system. */
export async function needProgram(
  context: TestContext,
  program: string,
  debianPackage: string,
): Promise<string> {
  const path = await outputOf('sh', ['-c', `command -v ${program}`]);
  return path ?? doWithout(context, `there is no ${program} (Debian package ${debianPackage})`);
}

/** The path of a Chromium. */
export function needBrowser(context: TestContext): string {
  return findBrowser() ?? doWithout(context, 'there is no Chromium or Chrome (Debian package chromium)');
}

/** The start of a command line whose rest runs in a network of its own, which is gone when that has ended. */
export async function needOwnNetwork(context: TestContext): Promise<readonly string[]> {
  if (process.platform !== 'linux') return doWithout(context, 'only Linux has network namespaces');
  if (!runsAsRoot) return doWithout(context, 'only root may make network namespaces');
  if ((await outputOf('unshare', ['--net', 'true'])) === undefined) {
    return doWithout(context, 'root may not make network namespaces here, as in most containers');
  }
  return ['unshare', '--net'];
}

function doWithout(context: TestContext, reason: string): never {
  if (strict) throw new Error(`cannot be tried here: ${reason}`);
  console.warn(`skipped: ${context.task.name}: ${reason}`);
  return context.skip(reason);
}
