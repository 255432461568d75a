/**
 * Media ends made ahead, one for either role, while nobody waits for them: a call that is placed has its offer at hand,
 * and one that comes in finds a connection with its key made and its ports open. Each serves one call, so no key and no
 * ICE password serves two. They hold no device and send nothing: they have no other side.
 *
 * The first ones also wake what the browser starts only for the first connection of a page: its network thread, its codecs.
 */
import type { ReadyOffer } from '../../shared/call.ts';
import { SPARE_LIFETIME_MS } from './constants.ts';
import { PeerEnd } from './peer.ts';

/** A media end that has described itself before there is a call, under the name that the call will know it by. */
export interface OfferedEnd extends ReadyOffer {
  readonly peer: PeerEnd;
}

export class Spares {
  #offerer: PeerEnd | undefined;
  #answerer: PeerEnd | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;
  #enabled = false;

  /** From here on spares are made, and made anew when they grow old or the network changes. */
  start(): void {
    if (this.#enabled) return;
    this.#enabled = true;
    const renew = () => {
      this.#discard();
      this.prepare();
    };
    this.#renewal = setInterval(renew, SPARE_LIFETIME_MS);
    window.addEventListener('online', renew);
    // Only Chromium tells; elsewhere the renewal does it.
    (navigator as { connection?: EventTarget }).connection?.addEventListener('change', renew);
    this.prepare();
  }

  /** Makes what is missing as soon as the page has nothing else to do. */
  prepare(): void {
    whenIdle(() => {
      if (!this.#enabled) return;
      this.#offerer ??= new PeerEnd('offerer');
      this.#answerer ??= new PeerEnd('answerer');
    });
  }

  /** The ready offer, for one call; undefined while there is none. */
  takeOffer(): OfferedEnd | undefined {
    const peer = this.#offerer;
    if (peer?.description === undefined || peer.hasFailed) return undefined;
    this.#offerer = undefined;
    return { endpointId: crypto.randomUUID(), description: peer.description, peer };
  }

  /** A connection that can answer; undefined while there is none. */
  takeAnswerer(): PeerEnd | undefined {
    const peer = this.#answerer;
    this.#answerer = undefined;
    if (peer?.hasFailed !== true) return peer;
    peer.close();
    return undefined;
  }

  /** The page goes away. */
  stop(): void {
    this.#enabled = false;
    clearInterval(this.#renewal);
    this.#discard();
  }

  #discard(): void {
    this.#offerer?.close();
    this.#answerer?.close();
    this.#offerer = undefined;
    this.#answerer = undefined;
  }
}

function whenIdle(work: () => void): void {
  // Safari's engine lacks it.
  if ('requestIdleCallback' in window) window.requestIdleCallback(work, { timeout: 2_000 });
  else setTimeout(work, 500);
}
