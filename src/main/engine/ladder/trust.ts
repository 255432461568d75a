/**
 * What of the other side's offers is followed: each ticket once, no more of them than an honest side sends, only as far as our server
 * vouches for it, and where we hide our address, only to what the other side cannot have chosen.
 */
import type { KeyObject } from 'node:crypto';
import type { CarrierOffer } from '../../../shared/signal.ts';
import type { Clock } from '../outside/index.ts';
import { MAX_REMEMBERED_TICKETS, OFFER_BURST, OFFER_PERIOD_MS } from './constants.ts';
import { type Invitation, invitationFrom } from './offers.ts';

export interface TrustOptions {
  readonly clock: Clock;
  /** What the server signs tickets with; null where it signs none. */
  readonly ticketKey: () => KeyObject | null;
  /** Whether our address is kept from the other side. */
  readonly hidesAddress: () => boolean;
}

export class OfferTrust {
  readonly #options: TrustOptions;
  /** Oldest first. */
  readonly #seen = new Set<string>();
  #allowed = OFFER_BURST;
  #countedAtMs: number;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#countedAtMs = options.clock.now();
  }

  /** The way to a carrier, or null for an offer that is not to be followed. Never throws. */
  admit(offer: CarrierOffer): Invitation | null {
    // Whoever asks the server may exclude all nodes but their own, and read there who joins.
    if (offer.kind !== 'relay' && this.#options.hidesAddress()) return null;
    if (this.#seen.has(offer.ticket) || !this.#takes()) return null;
    const invitation = invitationFrom(offer, this.#options.ticketKey());
    if (invitation) this.#remember(offer.ticket);
    return invitation;
  }

  #remember(ticket: string): void {
    this.#seen.add(ticket);
    const [oldest] = this.#seen;
    if (this.#seen.size > MAX_REMEMBERED_TICKETS && oldest !== undefined) this.#seen.delete(oldest);
  }

  #takes(): boolean {
    const nowMs = this.#options.clock.now();
    this.#allowed = Math.min(OFFER_BURST, this.#allowed + (nowMs - this.#countedAtMs) / OFFER_PERIOD_MS);
    this.#countedAtMs = nowMs;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
    return true;
  }
}
