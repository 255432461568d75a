/** Whether something between us and the rendezvous server answers in its place, as the sign-in page of a hotel does. */
import type { Logger } from 'pino';
import type { ServerState } from '../../../shared/app.ts';
import type { NetworkReport } from '../../../shared/network.ts';
import type { Clock, Timer } from '../outside/index.ts';
import { PAGE_LIMIT_MS, PAGE_PAUSE_MS } from './constants.ts';
import { type FetchPage, fetchPage, type Page } from './page.ts';

export interface CaptivePortalOptions {
  readonly clock: Clock;
  readonly onChange: () => void;
  readonly logger: Logger;
  readonly fetchPage?: FetchPage;
}

export class CaptivePortal {
  readonly #options: CaptivePortalOptions;
  #verdict: NetworkReport['captivePortal'] = 'unknown';
  #asking: AbortController | null = null;
  #limit: Timer;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: CaptivePortalOptions) {
    this.#options = options;
  }

  get verdict(): NetworkReport['captivePortal'] {
    return this.#verdict;
  }

  get asking(): boolean {
    return this.#asking !== null;
  }

  /** The connection to the server stands, or does not: then its port is asked for a page that only it would answer rightly. */
  serverChanged({ state, reason, url }: ServerState): void {
    if (this.#closed) return;
    if (state === 'connected') {
      this.#stop();
      this.#settle('none');
      return;
    }
    const isLost = reason === 'not-byway' || reason === 'unreachable' || reason === 'silent';
    const { clock } = this.#options;
    if (!isLost || this.#asking || clock.now() - this.#askedAtMs < PAGE_PAUSE_MS) return;
    const page = pageOf(url);
    if (page) this.#ask(page);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #ask(page: URL): void {
    const { clock, logger } = this.#options;
    const asking = new AbortController();
    this.#askedAtMs = clock.now();
    this.#asking = asking;
    this.#limit = clock.setTimer(() => asking.abort(), PAGE_LIMIT_MS);
    this.#options.onChange();
    (this.#options.fetchPage ?? fetchPage)(page, asking.signal).then(
      (answer) => {
        if (this.#asking !== asking) return;
        this.#stop();
        this.#settle(isPortal(answer, page) ? 'found' : 'unknown');
      },
      (error: unknown) => {
        if (this.#asking !== asking) return;
        this.#stop();
        logger.debug({ err: error }, 'no page in place of the server');
        this.#settle('unknown');
      },
    );
  }

  #stop(): void {
    this.#asking?.abort();
    this.#asking = null;
    this.#options.clock.clearTimer(this.#limit);
  }

  #settle(verdict: NetworkReport['captivePortal']): void {
    this.#verdict = verdict;
    this.#options.onChange();
  }
}

/**
 * The page to ask for, unencrypted: a portal cannot answer in the name of a server it has no certificate of, and lets ports other
 * than 80 simply fail.
 */
function pageOf(serverUrl: string): URL | null {
  if (!URL.canParse(serverUrl)) return null;
  const server = new URL(serverUrl);
  const host = server.protocol === 'wss:' ? server.hostname : server.host;
  return new URL(`http://${host}/byway`);
}

/**
 * A portal says so (RFC 6585 §6, status 511), sends us to another host, or gives a page of its own where ours is data. A web server that
 * is merely not Byway says that it has no such page.
 */
export function isPortal({ status, location, isHtml, beginning }: Page, asked: URL): boolean {
  if (status === 511) return true;
  if (status >= 300 && status < 400 && location !== null) {
    return URL.canParse(location, asked.href) && new URL(location, asked).hostname !== asked.hostname;
  }
  return status === 200 && (isHtml || /^\s*<(!doctype|html)/i.test(beginning));
}
