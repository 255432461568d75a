/** The page for when calls do not connect, on a real engine with a real server. */
import type { Page } from '@playwright/test';
import { part } from '../../../scripts/steps/interface-driver.ts';
import { expect, expectAccessible, picture, test } from '../stage.ts';

async function openPage(page: Page): Promise<void> {
  await part(page, 'diagnostics').click();
  await part(page, 'diagnostics-steps').waitFor();
}

/** The verdict of every check, by its name. */
async function verdicts(page: Page): Promise<Record<string, string>> {
  const pairs = await page
    .locator('[data-testid^=step-]')
    .evaluateAll((steps) => steps.map((step) => [step.dataset.testid ?? '', step.dataset.verdict ?? '']));
  return Object.fromEntries(pairs);
}

test('every check reaches its verdict, and a server on this computer proves nothing of the internet', async ({
  inBrowser,
}) => {
  const { page } = await inBrowser('Ada');
  await openPage(page);
  await expect.poll(async () => Object.values(await verdicts(page))).not.toContain('pending');
  expect(await verdicts(page)).toMatchObject({
    'step-interface': 'good',
    'step-sockets': 'good',
    'step-server': 'good',
    'step-portal': 'good',
    'step-mapping': 'untested',
    'step-filtering': 'untested',
    'step-microphone': 'untested',
  });
  await expect(part(page, 'outlook')).toHaveAttribute('data-outlook', 'this-computer');
  await picture(page, 'network');
  await expectAccessible(page);

  await part(page, 'step-microphone').getByRole('button').click();
  await expect(part(page, 'step-microphone')).toHaveAttribute('data-verdict', 'good');
});

test('the report is copied without addresses, unless they are wanted', async ({ inBrowser }) => {
  const { page, userId } = await inBrowser('Ada');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await openPage(page);
  await expect.poll(async () => Object.values(await verdicts(page))).not.toContain('pending');
  await part(page, 'report-preview').click();
  const copied = async () => {
    await part(page, 'report-copy').click();
    return page.evaluate(() => navigator.clipboard.readText());
  };

  const without = await copied();
  expect(without).toBe(await part(page, 'report-text').inputValue());
  expect(without).toMatch(/^13\. /m);
  expect(without).not.toMatch(/\d+\.\d+\.\d+\.\d+|[0-9a-f]::/);
  expect(without).not.toContain('Ada');
  expect(without).not.toContain(userId);

  await page.getByRole('switch').click();
  expect(await copied()).toContain('127.0.0.1');
});

test('the server goes away: the page says so, and what to do', async ({ inBrowser, server }) => {
  const { page } = await inBrowser('Ada');
  await openPage(page);
  await expect(part(page, 'step-server')).toHaveAttribute('data-verdict', 'good');
  await server.stop();
  await expect(part(page, 'step-server')).toHaveAttribute('data-verdict', 'bad');
  await expect(part(page, 'outlook')).toHaveAttribute('data-outlook', 'no-server');
  await picture(page, 'network-no-server');
  await part(page, 'step-server').getByRole('button', { name: 'Open settings' }).click();
  await part(page, 'settings-name').waitFor();
});
