/** The tickets this server signs: permission for one carrier to forward one call. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { BRIDGE_ID_BYTES } from '../../main/engine/sfu/constants.ts';
import { type CarrierPlace, placeDigest, writeTicket } from '../../main/engine/sfu/ticket.ts';
import type { Clock } from '../clock.ts';
import { TICKET_LIFE_MS } from './constants.ts';

export class Tickets {
  /** The public half of the signing key, made anew at each start: tickets live for minutes. */
  readonly publicKey: KeyObject;
  /** The same, 32 bytes as base64url, as clients are told of it. */
  readonly publicText: string;
  readonly #secret: KeyObject;
  readonly #clock: Clock;
  readonly #kbitPerS: number;

  constructor(clock: Clock, kbitPerS: number) {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.publicKey = publicKey;
    this.publicText = publicKey.export({ format: 'jwk' }).x ?? '';
    this.#secret = privateKey;
    this.#clock = clock;
    this.#kbitPerS = kbitPerS;
  }

  /**
   * A ticket for a carrier and two keys, base64url.
   *
   * @param carrier 32 bytes
   * @param place where that carrier is, as callers are told
   * @param keys 32 bytes each, base64url
   */
  issue(carrier: Buffer, place: CarrierPlace, keys: { readonly A: string; readonly B: string }): string {
    return writeTicket(
      {
        bridgeId: randomBytes(BRIDGE_ID_BYTES),
        carrier,
        place: placeDigest(place),
        keys: { A: Buffer.from(keys.A, 'base64url'), B: Buffer.from(keys.B, 'base64url') },
        notAfter: this.#clock.wallNow() + TICKET_LIFE_MS,
        kbitPerS: this.#kbitPerS,
      },
      this.#secret,
    ).toString('base64url');
  }
}
