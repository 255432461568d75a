/**
 * How long a mapping lives that nothing refreshes (RFC 5780 §4.6), learnt slowly in the background: one socket makes a mapping and keeps
 * still; later another one asks the server to answer to it (RESPONSE-PORT). What arrives shows that the mapping is alive.
 */
import type { Logger } from 'pino';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, Outside } from '../outside/index.ts';
import { type Answer, ask, type Question } from './ask.ts';
import {
  FIRST_AGE_MS,
  LIFETIME_DELAY_MS,
  LIFETIME_PRECISION_MS,
  LIFETIME_PRECISION_SHARE,
  LONGEST_AGE_MS,
  MAX_LIFETIME_PROBES,
  QUESTION_PAUSES_MS,
  WARM_MS,
} from './constants.ts';
import { FreshSocket } from './fresh-socket.ts';

export interface LifetimeStudyOptions {
  readonly outside: Outside;
  readonly family: AddressFamily;
  readonly server: TransportAddress;
  readonly bindAddress?: string;
  /** Nothing is sent before, by `clock.now()`: each new mapping of ours takes a port from a call that counts on the next ones. */
  readonly quietUntilMs: () => number;
  /** A mapping was seen alive that nothing had refreshed for so long, ms. Each time it is more. */
  readonly onAlive: (ageMs: number) => void;
  readonly logger: Logger;
}

export class LifetimeStudy {
  readonly #options: LifetimeStudyOptions;
  readonly #closing = new AbortController();

  /** Begins at once, and ends by itself after at most `MAX_LIFETIME_PROBES` probes. */
  constructor(options: LifetimeStudyOptions) {
    this.#options = options;
    const { logger, family } = options;
    this.#study().catch((error: unknown) => {
      logger.info({ err: error, family }, 'the life of mappings could not be studied');
    });
  }

  close(): void {
    this.#closing.abort();
  }

  async #study(): Promise<void> {
    await this.#wait(LIFETIME_DELAY_MS);
    // A server that does not know RESPONSE-PORT, or a NAT with several addresses, would make every mapping look dead.
    if ((await this.#look(0))?.alive !== true) return;
    let aliveMs = 0;
    let deadMs = Number.POSITIVE_INFINITY;
    for (let probe = 1; probe < MAX_LIFETIME_PROBES; probe++) {
      const ageMs = nextAgeMs(aliveMs, deadMs);
      if (ageMs === null) return;
      const seen = await this.#look(ageMs);
      if (seen === null) return;
      if (seen.alive) {
        aliveMs = seen.ageMs;
        this.#options.onAlive(seen.ageMs);
      } else {
        deadMs = seen.ageMs;
      }
    }
  }

  /**
   * Makes a mapping, leaves it alone for so long or, while a call wants quiet, longer, and looks whether it is there.
   * @returns null when that cannot be told
   */
  async #look(wantedAgeMs: number): Promise<{ readonly ageMs: number; readonly alive: boolean } | null> {
    const { server, outside } = this.#options;
    await this.#waitForQuiet();
    const still = await this.#open();
    const asking = await this.#open().catch((error: unknown) => {
      still.close();
      throw error;
    });
    try {
      // Some NATs give a mapping its full life only when it has been used for a while, as those of calls are: Linux after 2 s.
      await this.#ask(still, server);
      if (wantedAgeMs > 0) await this.#wait(WARM_MS);
      const made = await this.#ask(still, server);
      if (made.kind !== 'answered') return null;
      const madeAtMs = outside.clock.now();
      await this.#wait(wantedAgeMs);
      await this.#waitForQuiet();
      // Whole milliseconds, as the report wants them.
      const ageMs = Math.floor(outside.clock.now() - madeAtMs);
      const { port } = made.mapped;
      const [there, here] = await Promise.all([
        this.#ask(asking, server, { attributes: [{ name: 'response-port', port }], answerAt: still }),
        this.#ask(asking, server),
      ]);
      if (this.#closing.signal.aborted || here.kind !== 'answered' || there.kind === 'refused') return null;
      if (here.mapped.address !== made.mapped.address) return null;
      return { ageMs, alive: there.kind === 'answered' };
    } finally {
      still.close();
      asking.close();
    }
  }

  async #open(): Promise<FreshSocket> {
    const { outside, family, bindAddress } = this.#options;
    const { signal } = this.#closing;
    const socket = await FreshSocket.open(outside, family, bindAddress);
    signal.addEventListener('abort', () => socket.close(), { once: true, signal: socket.closed });
    if (signal.aborted) socket.close();
    return socket;
  }

  #ask(road: FreshSocket, to: TransportAddress, rest: Partial<Question> = {}): Promise<Answer> {
    return ask(this.#options.outside, road, { to, pausesMs: QUESTION_PAUSES_MS, ...rest });
  }

  async #waitForQuiet(): Promise<void> {
    const { clock } = this.#options.outside;
    for (;;) {
      const leftMs = this.#options.quietUntilMs() - clock.now();
      if (leftMs <= 0 || this.#closing.signal.aborted) return;
      await this.#wait(leftMs);
    }
  }

  /** Resolves after so long, or when the study is closed. */
  #wait(durationMs: number): Promise<void> {
    const { clock } = this.#options.outside;
    const { signal } = this.#closing;
    if (signal.aborted || durationMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const over = () => {
        clock.clearTimer(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = clock.setTimer(over, durationMs);
      signal.addEventListener('abort', over, { once: true });
    });
  }
}

/** Doubles while mappings live, then halves what is open; null when it is known well enough for the keep-alive. */
export function nextAgeMs(aliveMs: number, deadMs: number): number | null {
  if (deadMs === Number.POSITIVE_INFINITY) {
    if (aliveMs >= LONGEST_AGE_MS) return null;
    return aliveMs === 0 ? FIRST_AGE_MS : Math.min(aliveMs * 2, LONGEST_AGE_MS);
  }
  const enoughMs = Math.max(LIFETIME_PRECISION_MS, aliveMs * LIFETIME_PRECISION_SHARE);
  return deadMs - aliveMs <= enoughMs ? null : (aliveMs + deadMs) / 2;
}
