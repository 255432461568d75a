/**
 * Who may use the interface: a browser that was given a one-time token, by the person at the terminal. The token buys a
 * session cookie and is used up.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../engine/outside/index.ts';
import { MAX_SESSIONS, MAX_TOKENS, SECRET_BYTES, TOKEN_LIFETIME_MS } from './constants.ts';

interface Kept {
  /** SHA-256 of the secret, so that comparing takes the same time for every guess. */
  readonly hash: Buffer;
  readonly madeAt: number;
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

export class Admission {
  readonly #clock: Clock;
  readonly #random: Random;
  #tokens: Kept[] = [];
  #sessions: Kept[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A new token, good for one browser and for a day. */
  issueToken(): string {
    const [token, kept] = this.#make();
    this.#tokens = [...this.#tokens, kept].slice(-MAX_TOKENS);
    return token;
  }

  /** Takes a token and gives a session's secret, or null when the token is wrong, used or too old. */
  redeem(token: string): string | null {
    const oldest = this.#clock.now() - TOKEN_LIFETIME_MS;
    const hash = hashOf(token);
    const found = this.#tokens.find((kept) => timingSafeEqual(kept.hash, hash));
    if (found === undefined || found.madeAt < oldest) return null;
    this.#tokens = this.#tokens.filter((kept) => kept !== found);
    const [session, kept] = this.#make();
    this.#sessions = [...this.#sessions, kept].slice(-MAX_SESSIONS);
    return session;
  }

  isSession(secret: string): boolean {
    const hash = hashOf(secret);
    return this.#sessions.some((kept) => timingSafeEqual(kept.hash, hash));
  }

  #make(): [string, Kept] {
    const secret = this.#random.bytes(SECRET_BYTES).toString('base64url');
    return [secret, { hash: hashOf(secret), madeAt: this.#clock.now() }];
  }
}
