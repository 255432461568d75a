/**
 * From what the server names to what the other side is told: a key pair for each side and bridge, ours kept, theirs sent sealed. And
 * back: what the other side tells is believed as far as the server signed it.
 */
import type { KeyObject } from 'node:crypto';
import type { Carrier } from '../../../shared/rendezvous.ts';
import type { CarrierOffer } from '../../../shared/signal.ts';
import { privateKeyFrom, rawPublicKey } from '../identity/ed25519.ts';
import type { Random } from '../outside/index.ts';
import { KEY_BYTES } from '../sfu/constants.ts';
import { isSignedBy, placeDigest, readTicket, type Side } from '../sfu/ticket.ts';

/** The two keys of one bridge, before it is known whose it will be. */
export interface BridgeKeys {
  readonly A: KeyObject;
  /** Seed of the other side's key. */
  readonly secretB: Buffer;
  /** As the server is told of them. */
  readonly public: { readonly A: string; readonly B: string };
}

export function newBridgeKeys(random: Random): BridgeKeys {
  const a = privateKeyFrom(random.bytes(KEY_BYTES));
  const secretB = random.bytes(KEY_BYTES);
  const publicText = (key: KeyObject) => rawPublicKey(key).toString('base64url');
  return { A: a, secretB, public: { A: publicText(a), B: publicText(privateKeyFrom(secretB)) } };
}

/** A carrier with what this side needs to join it. */
export interface Invitation extends Pick<Carrier, 'kind' | 'carrier' | 'addresses' | 'urls'> {
  readonly ticket: Buffer;
  readonly side: Side;
  readonly key: KeyObject;
}

/** What the server answered, with the keys that it was asked with in the same order. */
export function invitationsFrom(carriers: readonly Carrier[], keys: readonly BridgeKeys[]): Invitation[] {
  return carriers.flatMap(({ kind, carrier, addresses, urls, ticket }, index) => {
    const pair = keys[index];
    if (!pair) return [];
    return [
      { kind, carrier, addresses, urls, ticket: Buffer.from(ticket, 'base64url'), side: 'A', key: pair.A },
    ];
  });
}

/** What the other side is told. */
export function offersFrom(carriers: readonly Carrier[], keys: readonly BridgeKeys[]): CarrierOffer[] {
  return carriers.flatMap(({ kind, carrier, addresses, urls, ticket }, index) => {
    const pair = keys[index];
    return pair
      ? [{ kind, carrier, addresses, urls, ticket, secret: pair.secretB.toString('base64url') }]
      : [];
  });
}

/**
 * What the other side offers, as far as the server vouches for it: its signature covers who the carrier is, where, and for which keys.
 * Null for everything else. Never throws.
 *
 * @param ticketKey what the server signs tickets with, as it told us itself; null where it signs none
 */
export function invitationFrom(offer: CarrierOffer, ticketKey: KeyObject | null): Invitation | null {
  const { kind, carrier, addresses, urls, secret } = offer;
  const bytes = Buffer.from(offer.ticket, 'base64url');
  const ticket = readTicket(bytes);
  if (!ticket || !ticketKey || !isSignedBy(bytes, ticketKey)) return null;
  const seed = Buffer.from(secret, 'base64url');
  if (seed.length !== KEY_BYTES) return null;
  const key = privateKeyFrom(seed);
  const isMeant =
    ticket.carrier.equals(Buffer.from(carrier, 'base64url')) &&
    ticket.place.equals(placeDigest(offer)) &&
    ticket.keys.B.equals(rawPublicKey(key));
  return isMeant ? { kind, carrier, addresses, urls, ticket: bytes, side: 'B', key } : null;
}
