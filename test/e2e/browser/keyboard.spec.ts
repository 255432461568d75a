/** Everything a call needs, without a pointer. */
import type { Page } from '@playwright/test';
import { becomeContacts, expectEnd, expectPhase } from '../journey.ts';
import { expect, test } from '../stage.ts';

/** More stops than any screen has. */
const MOST_STOPS = 40;

/** Goes on with Tab until the part with this name has the focus, which must then be visible. */
async function tabTo(page: Page, testId: string): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    if (focused === testId) {
      const outline = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null) return 'nothing';
        const { outlineStyle, boxShadow } = getComputedStyle(element);
        return outlineStyle !== 'none' || boxShadow !== 'none' ? 'visible' : 'invisible';
      });
      expect(outline, `the focus on ${testId}`).toBe('visible');
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`${testId} cannot be reached with Tab`);
}

async function press(page: Page, testId: string): Promise<void> {
  await tabTo(page, testId);
  await page.keyboard.press('Enter');
}

test('a call is placed, answered, muted and ended by keyboard alone', async ({ inBrowser }) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);

  await press(ada.page, `contact-${ben.userId}`);
  await press(ada.page, 'call-video');
  await ben.page.getByTestId('incoming-call').waitFor();
  await press(ben.page, 'answer-video');
  await expectPhase(ada, 'active');
  await expectPhase(ben, 'active');

  await press(ada.page, 'mute');
  await expect(ben.page.getByTestId('peer-muted')).toBeVisible();
  await press(ada.page, 'path-panel-toggle');
  await expect(ada.page.getByTestId('path-panel')).toBeVisible();
  await press(ben.page, 'hang-up');
  await expectEnd(ben, 'hung-up-here');
  await expectEnd(ada, 'hung-up-there');
});

test('the connection check is read and copied by keyboard alone', async ({ inBrowser }) => {
  const { page } = await inBrowser('Ada');
  await press(page, 'diagnostics');
  await page.getByTestId('diagnostics-steps').waitFor();
  await press(page, 'diagnostics-refresh');
  await press(page, 'server-details');
  await expect(page.getByTestId('step-server').getByRole('definition')).toContainText('ws://127.0.0.1');
  await press(page, 'report-copy');
  await press(page, 'report-preview');
  await tabTo(page, 'report-text');
});

test('the rules of lending the line are set by keyboard alone', async ({ inBrowser }) => {
  const { page } = await inBrowser('Ada');
  await press(page, 'volunteer');
  await tabTo(page, 'volunteer-rule-up');
  await page.keyboard.type('17');
  await press(page, 'volunteer-rule-schedule');
  await tabTo(page, 'volunteer-day-1');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await expect(page.getByTestId('volunteer-window').locator('[aria-pressed=true]')).toHaveCount(5);
  await tabTo(page, 'volunteer-window-from');
  await page.keyboard.type('0915PM');
  await press(page, 'volunteer-window-add');
  await expect(page.getByTestId('volunteer-window')).toHaveCount(2);
  await press(page, 'volunteer-rule-mains');
  await tabTo(page, 'volunteer-rule-never');
  await page.keyboard.type('Cafe');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('volunteer-never')).toHaveText('Cafe');

  await page.reload();
  await press(page, 'volunteer');
  await expect(page.getByTestId('volunteer-rule-up')).toHaveValue('17');
  await expect(page.getByTestId('volunteer-window-from').first()).toHaveValue('21:15');
  await expect(page.getByTestId('volunteer-window').first().locator('[aria-pressed=true]')).toHaveCount(5);
  await expect(page.getByTestId('volunteer-rule-mains')).toHaveAttribute('data-state', 'unchecked');
  await expect(page.getByTestId('volunteer-never')).toHaveText('Cafe');
});

test('the dialog that adds a person opens, keeps the focus inside, and closes with Escape', async ({
  inBrowser,
}) => {
  const { page } = await inBrowser('Ada');
  await press(page, 'add-contact');
  await page.getByTestId('paste-link').waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(
      () =>
        document.activeElement === document.body || document.activeElement?.closest('[role=dialog]') !== null,
    );
    expect(inside).toBe(true);
  }
  // Between the last stop and the first one the browser itself has the focus, and the page hears no key.
  await tabTo(page, 'paste-link');
  await expect(async () => {
    // The first one may close the name of a button that is still shown.
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('paste-link')).toBeHidden({ timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
});
