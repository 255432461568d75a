/** From what the server names to what the other side is told: a key pair for each side and bridge, ours kept, theirs sent sealed. */
import type { KeyObject } from 'node:crypto';
import type { Carrier } from '../../../shared/rendezvous.ts';
import type { CarrierOffer } from '../../../shared/signal.ts';
import { privateKeyFrom, rawPublicKey } from '../identity/ed25519.ts';
import type { Random } from '../outside/index.ts';
import { KEY_BYTES } from '../sfu/constants.ts';
import type { Side } from '../sfu/ticket.ts';

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

export function invitationFrom({ kind, carrier, addresses, urls, ticket, secret }: CarrierOffer): Invitation {
  return {
    kind,
    carrier,
    addresses,
    urls,
    ticket: Buffer.from(ticket, 'base64url'),
    side: 'B',
    key: privateKeyFrom(Buffer.from(secret, 'base64url')),
  };
}
