/** The way two people go: they add each other by link, call, talk, change things, and hang up. The same for both hosts. */
import {
  acceptContact,
  answerCall,
  askToBeContact,
  mediaReading,
  ownLink,
  part,
  placeCall,
} from '../../scripts/steps/interface-driver.ts';
import type { Person } from '../../scripts/steps/people.ts';
import { expect, expectAccessible, picture, test } from './stage.ts';

/** Less energy than this in a second is silence (webrtc-stats totalAudioEnergy); the fake voices make some 0.05. */
const SILENCE = 0.002;
const LISTEN_MS = 1_500;

const both = <Result>(people: readonly [Person, Person], work: (person: Person) => Promise<Result>) =>
  Promise.all(people.map(work));

/** Frames decoded and sound energy received from now on, over a short time. */
async function received(person: Person): Promise<{ frames: number; energy: number }> {
  const before = await mediaReading(person.page);
  await person.page.waitForTimeout(LISTEN_MS);
  const after = await mediaReading(person.page);
  return {
    frames: after.framesDecoded - before.framesDecoded,
    energy: after.audioEnergy - before.audioEnergy,
  };
}

export async function expectSeen(person: Person): Promise<void> {
  await expect.poll(async () => (await received(person)).frames, { timeout: 20_000 }).toBeGreaterThan(5);
}

export async function expectHeard(person: Person): Promise<void> {
  await expect
    .poll(async () => (await received(person)).energy, { timeout: 20_000 })
    .toBeGreaterThan(SILENCE);
}

export async function expectSilence(person: Person): Promise<void> {
  await expect.poll(async () => (await received(person)).energy, { timeout: 20_000 }).toBeLessThan(SILENCE);
}

export async function expectPhase(person: Person, phase: string): Promise<void> {
  await expect(part(person.page, 'call-phase').first()).toHaveAttribute('data-phase', phase, {
    timeout: 20_000,
  });
}

export async function expectEnd(person: Person, reason: string): Promise<void> {
  await expect(part(person.page, 'call-end-reason')).toHaveAttribute('data-reason', reason, {
    timeout: 30_000,
  });
}

/** They become contacts of each other, by link. */
export async function becomeContacts(ada: Person, ben: Person): Promise<void> {
  await askToBeContact(ada.page, await ownLink(ben.page));
  await acceptContact(ben.page, ada.userId);
  for (const [person, other] of [
    [ada, ben],
    [ben, ada],
  ] as const) {
    await expect(part(person.page, `contact-${other.userId}`)).toHaveAttribute('data-online', 'true');
  }
}

/** A video call that stands: both see and hear. */
export async function inVideoCall(ada: Person, ben: Person): Promise<void> {
  await placeCall(ada.page, ben.userId, 'video');
  await answerCall(ben.page, 'video');
  await both([ada, ben], (person) => expectPhase(person, 'active'));
  await both([ada, ben], expectSeen);
  await both([ada, ben], expectHeard);
}

/** Two people who do not know each other yet go all the way. */
export async function journey(ada: Person, ben: Person): Promise<void> {
  await test.step('they add each other by link', async () => {
    await picture(ada.page, 'home-empty');
    await expectAccessible(ada.page);
    await part(ada.page, 'add-contact').first().click();
    await part(ada.page, 'my-link').waitFor();
    await picture(ada.page, 'add');
    await expectAccessible(ada.page);
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await becomeContacts(ada, ben);
    await picture(ben.page, 'contacts');
    await expectAccessible(ben.page);
  });

  await test.step('Ada calls, it rings', async () => {
    await placeCall(ada.page, ben.userId, 'video');
    await part(ben.page, 'incoming-call').waitFor();
    await expectPhase(ada, 'ringing');
    await picture(ada.page, 'ringing');
    await picture(ben.page, 'incoming');
    await expectAccessible(ada.page);
    await expectAccessible(ben.page);
  });

  await test.step('before the answer nothing is seen or heard', async () => {
    for (const person of [ada, ben]) {
      const { frames, energy } = await received(person);
      expect(frames).toBe(0);
      expect(energy).toBeLessThan(SILENCE);
    }
  });

  await test.step('Ben answers; both see and hear each other', async () => {
    await answerCall(ben.page, 'video');
    await both([ada, ben], (person) => expectPhase(person, 'active'));
    await both([ada, ben], expectSeen);
    await both([ada, ben], expectHeard);
    await expect(part(ada.page, 'remote-video')).toBeVisible();
    await expect(part(ada.page, 'local-video')).toBeVisible();
    await picture(ada.page, 'call');
    await expectAccessible(ada.page);
  });

  await test.step('the path panel says how the call travels', async () => {
    await part(ada.page, 'path-panel-toggle').click();
    await expect(part(ada.page, 'path-kind')).toHaveAttribute('data-kind', 'direct');
    await picture(ada.page, 'path');
    await expectAccessible(ada.page);
    await part(ada.page, 'path-panel-toggle').click();
    await expect(part(ada.page, 'path-panel')).toBeHidden();
  });

  await test.step('Ada mutes: Ben hears nothing and is told so, and hears her again after', async () => {
    await part(ada.page, 'mute').click();
    await expect(part(ben.page, 'peer-muted')).toBeVisible();
    await expectSilence(ben);
    await expectHeard(ada);
    await part(ada.page, 'mute').click();
    await expect(part(ben.page, 'peer-muted')).toBeHidden();
    await expectHeard(ben);
  });

  await test.step('Ben turns his camera off and on', async () => {
    await part(ben.page, 'camera-toggle').click();
    await expect(part(ada.page, 'peer-camera-off')).toBeVisible();
    await expect.poll(async () => (await received(ada)).frames, { timeout: 20_000 }).toBe(0);
    await part(ben.page, 'camera-toggle').click();
    await expect(part(ada.page, 'peer-camera-off')).toBeHidden();
    await expectSeen(ada);
  });

  await test.step('Ada takes another microphone in mid-call', async () => {
    await part(ada.page, 'devices').click();
    const microphones = part(ada.page, 'device-microphoneId');
    await expect(microphones.nth(1)).toBeVisible();
    await picture(ada.page, 'devices');
    const other = microphones.and(ada.page.locator('[aria-checked=false]')).last();
    const name = (await other.textContent()) ?? '';
    await other.click();
    await part(ada.page, 'devices').click();
    await expect(microphones.and(ada.page.locator('[aria-checked=true]'))).toHaveText(name);
    await ada.page.keyboard.press('Escape');
    await both([ada, ben], expectHeard);
    await both([ada, ben], expectSeen);
  });

  await test.step('Ada hangs up; both are told why it ended', async () => {
    await part(ada.page, 'hang-up').click();
    await expectEnd(ada, 'hung-up-here');
    await expectEnd(ben, 'hung-up-there');
    await picture(ben.page, 'ended');
    await expectAccessible(ben.page);
    await part(ada.page, 'dismiss').click();
    await part(ben.page, 'dismiss').click();
    await expect(part(ada.page, `contact-${ben.userId}`)).toBeVisible();
  });

  await test.step('settings and diagnostics are there for everybody', async () => {
    await part(ada.page, 'settings').first().click();
    await part(ada.page, 'settings-name').waitFor();
    await picture(ada.page, 'settings');
    await expectAccessible(ada.page);
    if (await part(ada.page, 'back').isVisible()) await part(ada.page, 'back').click();
    await part(ada.page, 'diagnostics').first().click();
    await part(ada.page, 'diagnostics-steps').waitFor();
    await expect(part(ada.page, 'outlook')).toHaveAttribute('data-outlook', 'this-computer');
    await expect(ada.page.locator('[data-verdict=pending]')).toHaveCount(0);
    await picture(ada.page, 'diagnostics');
    await expectAccessible(ada.page);
  });
}
