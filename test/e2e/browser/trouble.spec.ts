/** What goes wrong in life: each says what happened, and what can go on goes on. */
import { answerCall, part, placeCall } from '../../../scripts/steps/interface-driver.ts';
import words from '../../../src/renderer/locales/en.json' with { type: 'json' };
import { becomeContacts, expectEnd, expectHeard, expectPhase, expectSeen, inVideoCall } from '../journey.ts';
import { expect, picture, test } from '../stage.ts';

test('a link with a mistake in it is refused with a sentence', async ({ inBrowser }) => {
  const { page, link } = await inBrowser('Ada');
  await part(page, 'add-contact').first().click();
  const paste = part(page, 'paste-link');
  const told = new Set<string>();
  const wrong = link.replace(/(add\/.{10})(.)/, (_all, head, letter) => head + (letter === 'A' ? 'B' : 'A'));
  for (const text of [wrong, 'byway://add/', 'hello', link]) {
    await paste.fill(text);
    await part(page, 'add-submit').click();
    await expect(paste).toHaveAttribute('aria-invalid', 'true');
    const described = await paste.getAttribute('aria-describedby');
    told.add((await page.locator(`[id="${described}"]`).textContent()) ?? '');
  }
  // A typing mistake, no link at all, and one's own link each have a sentence of their own.
  expect(told.size).toBe(3);
  await picture(page, 'link-refused');
});

test('without microphone and camera the call goes on, and says so', async ({ inBrowser }) => {
  const [ada, ben] = await Promise.all([
    inBrowser('Ada'),
    // No fake devices, and this machine or the browser's answer denies the real ones.
    inBrowser('Ben', { voiceHz: undefined, switches: ['--deny-permission-prompts'] }),
  ]);
  await becomeContacts(ada, ben);
  await placeCall(ada.page, ben.userId, 'video');
  await answerCall(ben.page, 'video');
  await expectPhase(ada, 'active');
  await expectPhase(ben, 'active');
  await expect(part(ben.page, 'microphone-problem')).toBeVisible();
  await expect(part(ben.page, 'camera-problem')).toBeVisible();
  await expectSeen(ben);
  await expectHeard(ben);
  await picture(ben.page, 'no-devices');
});

test('the server goes away in mid-call: the call goes on, and the interface says what is missing', async ({
  inBrowser,
  server,
}) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);
  await inVideoCall(ada, ben);
  await server.stop();
  await expectSeen(ada);
  await expectHeard(ben);
  await part(ada.page, 'hang-up').click();
  // The goodbye goes over the path, since there is no server to carry it.
  await expectEnd(ben, 'hung-up-there');
  await part(ben.page, 'dismiss').click();
  await expect(part(ben.page, 'server-away')).toBeVisible();
  await picture(ben.page, 'server-away');
});

test('a page that is loaded anew in mid-call is back in the call', async ({ inBrowser }) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);
  await inVideoCall(ada, ben);
  for (const person of [ben, ada]) {
    await person.page.reload();
    await expectPhase(person, 'active');
    for (const each of [ada, ben]) {
      await expectSeen(each);
      await expectHeard(each);
    }
  }
});

test('what was off stays off when the page is loaded anew, and a voice without a picture is played', async ({
  inBrowser,
}) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);
  await placeCall(ada.page, ben.userId, 'video');
  await answerCall(ben.page, 'audio');
  await expectPhase(ada, 'active');
  await expect(part(ada.page, 'peer-camera-off')).toBeVisible();
  const played = () =>
    part(ada.page, 'remote-audio').evaluate((sound) =>
      sound instanceof HTMLAudioElement ? sound.currentTime : 0,
    );
  const playedBefore = await played();
  await expect.poll(played).toBeGreaterThan(playedBefore + 1);

  await part(ben.page, 'mute').click();
  await expect(part(ada.page, 'peer-muted')).toBeVisible();
  await ben.page.reload();
  await expectPhase(ben, 'active');
  await expectSeen(ben);
  await expect(part(ben.page, 'you-muted')).toBeVisible();
  await expect(part(ben.page, 'local-video')).toHaveCount(0);
  await expect(part(ada.page, 'peer-muted')).toBeVisible();
  await expect(part(ada.page, 'peer-camera-off')).toBeVisible();
});

test("the other one's machine dies in mid-call: the call ends and says so", async ({ inBrowser }) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);
  await inVideoCall(ada, ben);
  process.kill(ben.enginePid, 'SIGKILL');
  await expectEnd(ada, 'peer-gone');
  await picture(ada.page, 'peer-gone');
});

test('a call is declined, and one is taken back', async ({ inBrowser }) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);
  await placeCall(ada.page, ben.userId, 'audio');
  await part(ben.page, 'decline').click();
  await expectEnd(ada, 'declined-there');
  await part(ada.page, 'dismiss').click();

  await part(ada.page, 'call-audio').first().click();
  await part(ben.page, 'incoming-call').waitFor();
  await part(ada.page, 'hang-up').click();
  await expect(part(ada.page, 'call-screen')).toBeHidden();
  await expect(part(ben.page, 'incoming-call')).toBeHidden();
});

test('a call that comes in over an open menu or question can be answered, and does not answer the question', async ({
  inBrowser,
}) => {
  const [ada, ben] = await Promise.all([inBrowser('Ada'), inBrowser('Ben')]);
  await becomeContacts(ada, ben);
  await part(ben.page, `contact-${ada.userId}`).click();
  for (const open of ['menu', 'question'] as const) {
    await part(ben.page, 'contact-menu').click();
    await expect(ben.page.getByRole('menu')).toBeVisible();
    if (open === 'question') {
      await ben.page.getByRole('menuitem', { name: words.contacts.block }).click();
      await expect(ben.page.getByRole('alertdialog')).toBeVisible();
    }
    await placeCall(ada.page, ben.userId, 'audio');
    await answerCall(ben.page, 'audio');
    await expectPhase(ben, 'active');
    await expect(ben.page.getByRole('alertdialog')).toBeHidden();
    await part(ben.page, 'mute').click();
    await part(ben.page, 'hang-up').click();
    await expectEnd(ada, 'hung-up-there');
    await part(ada.page, 'dismiss').click();
    await part(ben.page, 'dismiss').click();
    await ben.page.keyboard.press('Escape');
  }
  await expect(part(ben.page, 'call-audio').first()).toBeEnabled();
});

test('an address that was used already lets nobody else in', async ({ inBrowser }) => {
  const { page } = await inBrowser('Ada');
  const stranger = await page.context().browser()?.newContext();
  const other = await stranger?.newPage();
  if (other === undefined) throw new Error('no second browser profile');
  await other.goto(new URL('/#token=used-already', page.url()).href);
  await expect(other.locator('body')).toContainText('does not let this page in');
  await expect(page).not.toHaveURL(/token/);
});
