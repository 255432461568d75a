/**
 * Credentials for TURN servers, made of a secret that those share with us (draft-uberti-behave-turn-rest, coturn's `use-auth-secret`): the
 * username is when they end and something random, the password its HMAC. No TURN server learns who a user is.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { ServerFrame } from '../../shared/rendezvous.ts';
import type { TurnServer } from '../../shared/turn-uri.ts';
import type { Clock } from '../clock.ts';
import { RATE_MEMORY } from '../constants.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import {
  CREDENTIAL_LIFE_S,
  TURN_QUESTION_BURST,
  TURN_QUESTIONS_PER_SECOND,
  USERNAME_BYTES,
} from './constants.ts';

export class TurnCredentials {
  readonly #clock: Clock;
  readonly #turn: { readonly uris: readonly string[]; readonly secret: string } | undefined;
  readonly #questions = new KeyedTokenBuckets(
    { perSecond: TURN_QUESTIONS_PER_SECOND, burst: TURN_QUESTION_BURST },
    RATE_MEMORY,
  );

  /** @param turn undefined where this server names none */
  constructor(clock: Clock, turn: { readonly uris: readonly string[]; readonly secret: string } | undefined) {
    this.#clock = clock;
    this.#turn = turn;
  }

  /** New credentials; none for who asks too often. */
  answer(userId: string, requestId: string): Extract<ServerFrame, { type: 'turn-servers' }> {
    const mayAsk = this.#turn !== undefined && this.#questions.take(userId, this.#clock.now());
    return { type: 'turn-servers', requestId, servers: mayAsk ? this.#make() : [] };
  }

  #make(): TurnServer[] {
    const { uris = [], secret = '' } = this.#turn ?? {};
    const endsAtS = Math.floor(this.#clock.wallNow() / 1_000) + CREDENTIAL_LIFE_S;
    const username = `${endsAtS}:${randomBytes(USERNAME_BYTES).toString('base64url')}`;
    const credential = createHmac('sha1', secret).update(username).digest('base64');
    return uris.map((uri) => ({ uri, username, credential }));
  }
}
