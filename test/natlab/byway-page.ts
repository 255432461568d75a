/** What the laboratory does in a page of ours: answers at once, and reads what the engine says of the call. */
import type { Page } from '@playwright/test';
import type { CallSnapshot } from '../../src/shared/call.ts';
import type { NetworkReport } from '../../src/shared/network.ts';
import { type NodeSite, nodeSiteAt } from './addresses.ts';

export interface PathChange {
  /** ms since the call was placed or came in, by the engine's clock. */
  readonly sinceMs: number;
  readonly kind: string;
  /** Where our datagrams go. */
  readonly address: string;
}

interface Instrumented {
  readonly bywayInstruments?: {
    call(): CallSnapshot | null;
    network(): NetworkReport | null;
  };
  labPaths?: PathChange[];
  labPathsTimer?: ReturnType<typeof setInterval>;
}

/** Every change of the engine's word comes within this, ms; what it says carries its own times. */
const WATCH_INTERVAL_MS = 20;

/** Answers every call in the moment its button appears. */
export async function answerAtOnce(page: Page): Promise<void> {
  await page.evaluate(() => {
    const answer = () => {
      const button = document.querySelector<HTMLElement>('[data-testid="answer-video"]');
      if (button === null || button.dataset.answered !== undefined) return;
      button.dataset.answered = 'yes';
      button.click();
    };
    new MutationObserver(answer).observe(document, { childList: true, subtree: true });
    answer();
  });
}

/** From now on notes which kinds of path carry, one after another, in a list of its own. */
export async function watchPaths(page: Page): Promise<void> {
  await page.evaluate((intervalMs) => {
    const lab = window as unknown as Instrumented;
    const paths: PathChange[] = [];
    lab.labPaths = paths;
    clearInterval(lab.labPathsTimer);
    lab.labPathsTimer = setInterval(() => {
      const call = lab.bywayInstruments?.call();
      const active = call?.phase === 'ended' ? undefined : call?.path.active;
      const last = paths.at(-1);
      if (active === undefined) return;
      const { sinceMs, kind, remote } = active;
      // A straight path may change its addresses; of carriers each is another one.
      if (kind === last?.kind && (kind === 'direct' || remote.address === last.address)) return;
      paths.push({ sinceMs, kind, address: remote.address });
    }, intervalMs);
  }, WATCH_INTERVAL_MS);
}

export async function pathsOf(page: Page): Promise<readonly PathChange[]> {
  return (await page.evaluate(() => (window as unknown as Instrumented).labPaths)) ?? [];
}

export async function callOf(page: Page): Promise<CallSnapshot | null> {
  return (await page.evaluate(() => (window as unknown as Instrumented).bywayInstruments?.call())) ?? null;
}

/** Whose node carries the call now; null where none does. */
export async function nodeOfCall(page: Page): Promise<NodeSite | null> {
  const active = (await callOf(page))?.path.active;
  return active?.kind === 'sfu' ? nodeSiteAt(active.remote.address) : null;
}

export async function networkOf(page: Page): Promise<NetworkReport | null> {
  return (await page.evaluate(() => (window as unknown as Instrumented).bywayInstruments?.network())) ?? null;
}

/** Places a video call to whoever is shown, and says when, by the page's own clock: ms since 1970, with fractions. */
export async function placeCallNow(page: Page): Promise<number> {
  return page
    .getByTestId('call-video')
    .first()
    .evaluate((button: HTMLElement) => {
      const at = performance.timeOrigin + performance.now();
      button.click();
      return at;
    });
}
