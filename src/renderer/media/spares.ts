/**
 * Media ends made ahead, one for either role, while nobody waits for them: a call that is placed has its offer at hand,
 * and one that comes in finds an end that has answered already, an offer of the same form as our own, so that the caller is told of it
 * with the first word. Each serves one call, so no key and no ICE password serves two. They hold no device and send nothing: they have no
 * other side.
 *
 * The first ones also wake what the browser starts only for the first connection of a page: its network thread, its codecs.
 */
import type { ReadyAnswer, ReadyOffer } from '../../shared/call.ts';
import { SPARE_LIFETIME_MS } from './constants.ts';
import { PeerEnd } from './peer.ts';

/** A media end that has described itself before there is a call, under the name that the call will know it by. */
export interface OfferedEnd extends ReadyOffer {
  readonly peer: PeerEnd;
}

export class Spares {
  readonly #tell: (answer: ReadyAnswer | null) => void;
  #offerer: PeerEnd | undefined;
  #answerer: PeerEnd | undefined;
  /** What the engine knows of the answerer. */
  #ready: ReadyAnswer | null = null;
  #renewal: ReturnType<typeof setInterval> | undefined;
  readonly #stopped = new AbortController();

  /** @param tell says which answer is ready from now on; null: none */
  constructor(tell: (answer: ReadyAnswer | null) => void) {
    this.#tell = tell;
  }

  /** From here on, once, spares are made, and made anew when they grow old or the network changes. */
  start(): void {
    if (this.#renewal !== undefined || this.#stopped.signal.aborted) return;
    const renew = () => {
      this.#discard();
      this.prepare();
    };
    const { signal } = this.#stopped;
    this.#renewal = setInterval(renew, SPARE_LIFETIME_MS);
    window.addEventListener('online', renew, { signal });
    // Only Chromium tells; elsewhere the renewal does it.
    (navigator as { connection?: EventTarget }).connection?.addEventListener('change', renew, { signal });
    this.prepare();
  }

  /** Makes what is missing as soon as the page has nothing else to do. */
  prepare(): void {
    whenIdle(() => {
      if (this.#renewal === undefined || this.#stopped.signal.aborted) return;
      if (this.#offerer?.hasFailed === true) {
        this.#offerer.close();
        this.#offerer = undefined;
      }
      this.#offerer ??= new PeerEnd('offerer');
      if (this.#answerer === undefined) void this.#prepareAnswerer(this.#offerer);
    });
  }

  /** The engine may have been started anew: it is told again what is ready. */
  tellAgain(): void {
    if (this.#ready !== null) this.#tell(this.#ready);
  }

  /** The ready offer, for one call; undefined while there is none. */
  takeOffer(): OfferedEnd | undefined {
    const peer = this.#offerer;
    if (peer?.description === undefined || peer.hasFailed) return undefined;
    this.#offerer = undefined;
    return { endpointId: crypto.randomUUID(), description: peer.description, peer };
  }

  /** Whether this endpoint is the one that the engine was told to be ready. */
  isReady(endpointId: string): boolean {
    return this.#ready?.endpointId === endpointId;
  }

  /**
   * The end that answers, for one call: the one of this name where it was made ahead. Another call's gets one that has answered nothing;
   * undefined while there is none.
   */
  takeAnswerer(endpointId: string): PeerEnd | undefined {
    const peer = this.#answerer;
    if (this.#ready !== null && this.#ready.endpointId !== endpointId) return undefined;
    this.#answerer = undefined;
    this.#ready = null;
    if (peer?.hasFailed !== true) return peer;
    peer.close();
    return undefined;
  }

  /** The page goes away. */
  stop(): void {
    this.#stopped.abort();
    clearInterval(this.#renewal);
    this.#discard();
  }

  async #prepareAnswerer(offerer: PeerEnd): Promise<void> {
    const answerer = new PeerEnd('answerer');
    this.#answerer = answerer;
    const form = await offerer.made();
    const ahead = form && (await answerer.prepareAnswer(form));
    // It may have been taken, or thrown away, meanwhile.
    if (!ahead || this.#answerer !== answerer) return;
    this.#ready = { endpointId: crypto.randomUUID(), ...ahead };
    this.#tell(this.#ready);
  }

  #discard(): void {
    this.#offerer?.close();
    this.#answerer?.close();
    this.#offerer = undefined;
    this.#answerer = undefined;
    if (this.#ready !== null) this.#tell(null);
    this.#ready = null;
  }
}

function whenIdle(work: () => void): void {
  // Safari's engine lacks it.
  if ('requestIdleCallback' in window) window.requestIdleCallback(work, { timeout: 2_000 });
  else setTimeout(work, 500);
}
