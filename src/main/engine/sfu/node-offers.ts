/** What a node tells the server of itself: once it can, again when it has changed, and not too often. */
import type { NodeOffer } from '../../../shared/rendezvous.ts';
import type { Clock, Timer } from '../outside/index.ts';
import { LOAD_STEP, OFFER_PAUSE_MS } from './constants.ts';

export interface NodeOffersOptions {
  readonly clock: Clock;
  /** The offer as it is now; null while something of it is not known. */
  readonly offer: () => NodeOffer | null;
  /** False when the server cannot be told now. */
  readonly tell: (offer: NodeOffer) => boolean;
}

export class NodeOffers {
  readonly #options: NodeOffersOptions;
  #told: NodeOffer | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #toldAddresses: NodeOffer['addresses'] = [];
  #timer: Timer;
  #closed = false;

  constructor(options: NodeOffersOptions) {
    this.#options = options;
  }

  /** Where the server was last told that guests reach us. */
  get toldAddresses(): NodeOffer['addresses'] {
    return this.#toldAddresses;
  }

  /** Something of the offer may have changed. */
  look(): void {
    if (this.#closed || this.#timer !== undefined) return;
    const { clock, offer, tell } = this.#options;
    const now = offer();
    if (!now || (this.#told && isSame(this.#told, now))) return;
    const waitMs = this.#toldAtMs + OFFER_PAUSE_MS - clock.now();
    if (waitMs > 0) {
      this.#lookAfter(waitMs);
      return;
    }
    if (!tell(now)) return;
    this.#told = now;
    this.#toldAddresses = now.addresses;
    this.#toldAtMs = clock.now();
  }

  /** The server may know nothing of us: it is told all, after `delayMs`. */
  again(delayMs = 0): void {
    this.#told = undefined;
    this.#toldAtMs = Number.NEGATIVE_INFINITY;
    this.#options.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    if (delayMs > 0) this.#lookAfter(delayMs);
    else this.look();
  }

  /** Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimer(this.#timer);
  }

  #lookAfter(delayMs: number): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = undefined;
      this.look();
    }, delayMs);
  }
}

/** Landmarks tremble with every measurement; they go along when something else is told. */
function isSame(one: NodeOffer, other: NodeOffer): boolean {
  const rest = ({ carrier, addresses, behaviour, capacity, load, landmarks }: NodeOffer) =>
    JSON.stringify([carrier, addresses, behaviour, capacity, load.bridges, landmarks.length]);
  const loadStep = Math.abs(one.load.kbitPerS - other.load.kbitPerS) / other.capacity.kbitPerS;
  return rest(one) === rest(other) && loadStep < LOAD_STEP;
}
