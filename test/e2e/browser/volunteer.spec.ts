/** The page of somebody who lends their line, on a real engine: the rules are kept, and every number is the engine's own. */
import type { Page } from '@playwright/test';
import { createInstance } from 'i18next';
import { answerCall, hideAddress, part, placeCall } from '../../../scripts/steps/interface-driver.ts';
import en from '../../../src/renderer/locales/en.json' with { type: 'json' };
import { formatFor } from '../../../src/renderer/ui/format.ts';
import { VolunteerState } from '../../../src/shared/volunteer.ts';
import { becomeContacts, expectHeard, expectPhase } from '../journey.ts';
import { expect, expectAccessible, picture, test } from '../stage.ts';

const i18n = createInstance();
await i18n.init({ lng: 'en', resources: { en: { translation: en } } });
const format = formatFor('en', i18n.getFixedT('en'));

async function openPage(page: Page): Promise<void> {
  await part(page, 'volunteer').click();
  await part(page, 'volunteer-state').waitFor();
}

async function expectState(page: Page, state: string, rule?: string): Promise<void> {
  await expect(part(page, 'volunteer-state')).toHaveAttribute('data-state', state, { timeout: 30_000 });
  if (rule === undefined) await expect(part(page, 'volunteer-state')).not.toHaveAttribute('data-rule');
  else await expect(part(page, 'volunteer-state')).toHaveAttribute('data-rule', rule);
}

/** Types into a field and leaves it. */
async function enter(page: Page, testId: string, text: string): Promise<void> {
  await part(page, testId).fill(text);
  await part(page, testId).blur();
}

const expectSwitch = (page: Page, testId: string, state: 'checked' | 'unchecked') =>
  expect(part(page, testId)).toHaveAttribute('data-state', state);

test('every rule is kept, also when the page is loaded anew', async ({ inBrowser }) => {
  const { page } = await inBrowser('Ada');
  await openPage(page);
  await expectState(page, 'off');
  // What is known to be safe is on from the start.
  await expectSwitch(page, 'volunteer-rule-mains', 'checked');
  await expectSwitch(page, 'volunteer-rule-unmetered', 'checked');

  const numbers = {
    'volunteer-rule-calls': '7',
    'volunteer-rule-up': '12.5',
    'volunteer-rule-down': '30',
    'volunteer-rule-line': '40',
    'volunteer-rule-share': '25',
    'volunteer-rule-month': '150',
    'volunteer-rule-idle-minutes': '12',
  };
  await part(page, 'volunteer-rule-idle').click();
  for (const [testId, text] of Object.entries(numbers)) await enter(page, testId, text);

  await part(page, 'volunteer-rule-schedule').click();
  await part(page, 'volunteer-window-add').click();
  const second = part(page, 'volunteer-window').nth(1);
  for (const day of [1, 2, 3, 4, 5]) await second.getByTestId(`volunteer-day-${day}`).click();
  await second.getByTestId('volunteer-window-from').fill('09:30');
  await second.getByTestId('volunteer-window-to').fill('17:00');
  await second.getByTestId('volunteer-window-to').blur();

  await part(page, 'volunteer-rule-mains').click();
  await part(page, 'volunteer-rule-unmetered').click();
  for (const name of ['Cafe', 'eth7']) {
    await part(page, 'volunteer-rule-never').fill(name);
    await part(page, 'volunteer-rule-never').press('Enter');
    await expect(part(page, 'volunteer-never').getByText(name, { exact: true })).toBeVisible();
  }
  await picture(page, 'volunteer-rules');
  await expectAccessible(page);

  await page.reload();
  await openPage(page);
  for (const [testId, text] of Object.entries(numbers)) await expect(part(page, testId)).toHaveValue(text);
  for (const testId of ['volunteer-rule-mains', 'volunteer-rule-unmetered']) {
    await expectSwitch(page, testId, 'unchecked');
  }
  await expect(part(page, 'volunteer-never')).toHaveText(['Cafe', 'eth7']);
  await expect(part(page, 'volunteer-window')).toHaveCount(2);
  await expect(second.getByTestId('volunteer-window-from')).toHaveValue('09:30');
  await expect(second.getByTestId('volunteer-window-to')).toHaveValue('17:00');
  await expect(second.locator('[aria-pressed=true]')).toHaveText([/Saturday$/, /Sunday$/]);
  // Setting rules is not volunteering.
  await expectState(page, 'off');

  await enter(page, 'volunteer-rule-month', '');
  await part(page, 'volunteer-window-remove').first().click();
  await part(page, 'volunteer-never').first().getByRole('button').click();
  await expect(part(page, 'volunteer-never')).toHaveText(['eth7']);
  await page.reload();
  await openPage(page);
  await expect(part(page, 'volunteer-rule-month')).toHaveValue('');
  await expect(part(page, 'volunteer-window')).toHaveCount(1);
  await expect(part(page, 'volunteer-window-from')).toHaveValue('09:30');
  await expect(part(page, 'volunteer-never')).toHaveText(['eth7']);
});

test('what cannot be kept stays as it was typed, with a sentence; leaving the page keeps the rest', async ({
  inBrowser,
}) => {
  const { page } = await inBrowser('Ada');
  await openPage(page);
  for (const [testId, text] of [
    ['volunteer-rule-calls', 'many'],
    ['volunteer-rule-up', '0'],
    ['volunteer-rule-down', ''],
    ['volunteer-rule-month', '-5'],
  ] as const) {
    await enter(page, testId, text);
    await expect(part(page, testId)).toHaveValue(text);
    await expect(part(page, testId)).toHaveAttribute('aria-invalid', 'true');
    const described = await part(page, testId).getAttribute('aria-describedby');
    await expect(page.locator(`[id="${described}"]`)).toContainText(/^Enter a number from .*\.$/);
  }
  await part(page, 'volunteer-rule-schedule').click();
  for (const day of [0, 1, 2, 3, 4, 5, 6]) await part(page, `volunteer-day-${day}`).click();
  await expect(part(page, 'volunteer-schedule-editor').getByRole('alert')).toBeVisible();
  await picture(page, 'volunteer-problems');
  await expectAccessible(page);

  // Still being typed when the person goes elsewhere.
  await part(page, 'volunteer-rule-calls').fill('9');
  await part(page, 'settings').click();
  await part(page, 'settings-name').waitFor();
  await openPage(page);
  await expect(part(page, 'volunteer-rule-calls')).toHaveValue('9');
  await expect(part(page, 'volunteer-rule-up')).toHaveValue('10');
  await expect(part(page, 'volunteer-schedule-editor').locator('[aria-pressed=true]')).toHaveCount(1);
});

test('a rule stops it and says so, a pause too, and it goes on', async ({ inBrowser }) => {
  const { page } = await inBrowser('Ada');
  await openPage(page);
  await part(page, 'volunteer-switch').click();
  await expectState(page, 'offered');

  await part(page, 'volunteer-pause').click();
  await expectState(page, 'resting', 'paused');
  await expect(part(page, 'volunteer-state')).toContainText('Resting until');
  await expectSwitch(page, 'volunteer-switch', 'checked');
  await picture(page, 'volunteer-paused');
  // A pause is the engine's, not this page's.
  await page.reload();
  await openPage(page);
  await expectState(page, 'resting', 'paused');
  await part(page, 'volunteer-resume').click();
  await expectState(page, 'offered');

  // The one day that is neither today nor just before or after, so that it rests at any hour.
  const farDay = (new Date().getDay() + 3) % 7;
  await part(page, 'volunteer-rule-schedule').click();
  for (const day of [0, 1, 2, 3, 4, 5, 6]) {
    if (day !== farDay) await part(page, `volunteer-day-${day}`).click();
  }
  await expectState(page, 'resting', 'schedule');
  const weekday = new Date(2026, 1, 1 + farDay).toLocaleDateString('en', { weekday: 'long' });
  await expect(part(page, 'volunteer-state')).toContainText(`Resting until ${weekday}, 10:00`);
  await part(page, 'volunteer-rule-schedule').click();
  await expectState(page, 'offered');

  await part(page, 'volunteer-switch').click();
  await expectState(page, 'off');
});

/** What the engine says of itself, as it reaches the page. */
function hearStates(page: Page): VolunteerState[] {
  const states: VolunteerState[] = [];
  const search = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const state = VolunteerState.safeParse(value);
    if (state.success) states.push(state.data);
    else for (const part of Object.values(value)) search(part);
  };
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const text = payload.toString();
      if (text.includes('peopleHelpedEver')) search(JSON.parse(text.slice(text.indexOf('{'))));
    }),
  );
  return states;
}

/** The numbers of a state as the page is to show them. */
function numbersOf(state: VolunteerState): Record<string, string> {
  const { worked, failed, days } = state;
  const rate = state.bridges.reduce((sum, { kbitPerS }) => sum + kbitPerS, 0);
  const whole = (value: number) => new Intl.NumberFormat('en').format(value);
  return {
    people: whole(state.peopleHelpedEver),
    bytes: format.bytes(state.bytesForwardedEver),
    worked: worked + failed === 0 ? '–' : format.percent(Math.round((100 * worked) / (worked + failed))),
    refused: whole(state.refused),
    calls: whole(state.bridges.length),
    rate: format.bitrate(rate * 1_000),
    cpu: format.percent(state.cost.cpuPercent),
    memory: format.bytes(state.cost.memoryBytes),
    limit: `${state.limit.by} ${format.bitrate(state.limit.kbitPerS * 1_000)}`,
    bridges: state.bridges
      .map((bridge) =>
        [
          format.clock(bridge.ageS),
          format.bitrate(bridge.kbitPerS * 1_000),
          format.percent(bridge.droppedPercent),
        ].join(' '),
      )
      .join(),
    today: format.bytes(days.at(-1)?.bytes ?? 0),
    month: format.bytes(state.month.usedBytes),
  };
}

/** The same numbers as they stand on the page, all of one moment. */
function numbersOn(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => {
    const all = (selector: string) =>
      [...document.querySelectorAll<HTMLElement>(selector)].map((found) => found.textContent ?? '');
    const text = (name: string) => all(`[data-testid=volunteer-${name}]`)[0] ?? '';
    const rate = /\d[\d.,]* [kM]bit\/s/.exec(text('limit'))?.[0] ?? '';
    const names = ['people', 'bytes', 'worked', 'refused', 'calls', 'rate', 'cpu', 'memory'];
    return {
      ...Object.fromEntries(names.map((name) => [name, text(name)])),
      limit: `${document.querySelector<HTMLElement>('[data-testid=volunteer-limit]')?.dataset.by} ${rate}`,
      bridges: [...document.querySelectorAll('[data-testid=volunteer-bridges] tbody tr')]
        .map((row) => [...row.children].map((cell) => cell.textContent).join(' '))
        .join(),
      today: all('[data-testid=volunteer-day] td')[0] ?? '',
      month: /^[\d.,]+ \w+/.exec(text('allowance'))?.[0] ?? '',
    };
  });
}

test.describe('with a server that knows all are on one machine', () => {
  // Otherwise it takes a node with the address of a caller for the caller's own.
  test.use({ serverFlags: ['--one-machine'] });

  test('a call goes through it: every number on the page is the engine’s own', async ({ inBrowser }) => {
    const vera = await inBrowser('Vera');
    const states = hearStates(vera.page);
    await vera.page.reload();
    await openPage(vera.page);
    await part(vera.page, 'volunteer-switch').click();
    await expectState(vera.page, 'offered');
    const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
    await becomeContacts(ada, ben);
    await hideAddress(ada.page);
    await placeCall(ada.page, ben.userId, 'audio');
    await answerCall(ben.page, 'audio');
    await expectPhase(ada, 'active');
    await expectHeard(ben);
    await expect(part(vera.page, 'volunteer-calls')).toHaveText('1');
    await expect(part(vera.page, 'volunteer-people')).toHaveText('2');
    await part(vera.page, 'volunteer-days-table').click();

    const expectAgreement = () =>
      expect(async () => {
        const shown = await numbersOn(vera.page);
        // The page may be a moment behind, never anywhere else.
        const closest = states.slice(-3).map(numbersOf);
        expect(closest).toContainEqual(shown);
      }).toPass({ timeout: 15_000 });
    await expectAgreement();
    await expect(part(vera.page, 'volunteer-rate')).not.toHaveText('0 kbit/s');
    await expectAgreement();
    await picture(vera.page, 'volunteer-serving');
    await expectAccessible(vera.page);

    // Guests are moved before it rests; their call goes on.
    await part(vera.page, 'volunteer-pause').click();
    await expectState(vera.page, 'resting', 'paused');
    await expect(part(vera.page, 'volunteer-calls')).toHaveText('0');
    await expectHeard(ben);
    await expectHeard(ada);
    await expectAgreement();
    const state = states.at(-1);
    expect(state?.worked).toBe(1);
    expect(state?.bytesForwardedEver).toBeGreaterThan(10_000);
    expect(state?.month.usedBytes).toBeGreaterThanOrEqual(2 * (state?.bytesForwardedEver ?? 0) * 0.99);
  });
});
