/** Drives the interface the way a person would, by the names its parts carry for tests. */
import type { Locator, Page } from '@playwright/test';

/** What the page measures itself when its address holds `instrument=1`. */
export interface Marks {
  readonly placedAt?: number;
  readonly answeredAt?: number;
  readonly endpointConnectedAt?: number;
  readonly firstRemoteVideoAt?: number;
  readonly firstRemoteAudioAt?: number;
}

export interface MediaReading {
  readonly framesDecoded: number;
  readonly audioEnergy: number;
  readonly packetsLost: number;
  readonly rttMs?: number;
}

interface Instrumented {
  readonly bywayInstruments?: {
    stats(): Promise<MediaReading | null>;
    readonly marks: Marks;
  };
}

export function part(page: Page, testId: string): Locator {
  return page.getByTestId(testId);
}

/** What the interface asks at first start: a name, and a look at microphone and camera. */
export async function passFirstStart(page: Page, name: string): Promise<void> {
  await part(page, 'welcome-name').fill(name);
  await part(page, 'welcome-next').click();
  await part(page, 'welcome-finish').click();
  await part(page, 'add-contact').first().waitFor();
}

/** Switches on that calls go through carriers alone. */
export async function hideAddress(page: Page): Promise<void> {
  await part(page, 'settings').click();
  await part(page, 'hide-address').click();
  await part(page, 'hide-address').and(page.locator('[data-state=checked]')).waitFor();
}

/** Pastes somebody's link and asks to be their contact. */
export async function askToBeContact(page: Page, link: string): Promise<void> {
  await part(page, 'add-contact').first().click();
  await part(page, 'paste-link').fill(link);
  await part(page, 'add-submit').click();
  await part(page, 'add-submit').waitFor({ state: 'hidden' });
}

/** The own link, as the interface shows it for copying. */
export async function ownLink(page: Page): Promise<string> {
  await part(page, 'add-contact').first().click();
  const link = await part(page, 'my-link').inputValue();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await part(page, 'my-link').waitFor({ state: 'hidden' });
  return link;
}

/** Bytes of a public key, which is the user ID; a checksum follows it in the link. */
const USER_ID_BYTES = 32;

/** The user ID in a link. */
export function userIdIn(link: string): string {
  const text = /^byway:\/\/add\/([A-Za-z0-9_-]+)/.exec(link)?.[1] ?? '';
  return Buffer.from(text, 'base64url').subarray(0, USER_ID_BYTES).toString('base64url');
}

export async function acceptContact(page: Page, userId: string): Promise<void> {
  await part(page, `request-accept-${userId}`).click();
  await part(page, `contact-${userId}`).waitFor();
}

export async function placeCall(page: Page, userId: string, media: 'audio' | 'video'): Promise<void> {
  await part(page, `contact-${userId}`).click();
  await part(page, `call-${media}`).first().click();
}

export async function answerCall(page: Page, media: 'audio' | 'video'): Promise<void> {
  await part(page, 'incoming-call').waitFor();
  await part(page, `answer-${media}`).click();
}

/** What the page's media end has received so far; zeros before there is one. */
export async function mediaReading(page: Page): Promise<MediaReading> {
  const reading = await page.evaluate(() => (window as unknown as Instrumented).bywayInstruments?.stats());
  return reading ?? { framesDecoded: 0, audioEnergy: 0, packetsLost: 0 };
}

export async function marksOf(page: Page): Promise<Marks> {
  const marks = await page.evaluate(() => (window as unknown as Instrumented).bywayInstruments?.marks);
  if (marks === undefined) throw new Error('the page has no instruments: its address lacks instrument=1');
  return marks;
}
