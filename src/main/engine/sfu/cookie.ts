/**
 * The cookie that an address must return before anything is done for it: nothing is stored for who has not shown that it
 * receives where it sends from (RFC 9147 §5.1 does the same for DTLS).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../outside/index.ts';
import { COOKIE_BYTES, COOKIE_PERIOD_MS } from './constants.ts';

const SECRET_BYTES = 32;

export class Cookies {
  readonly #secret: Buffer;
  readonly #clock: Clock;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#secret = random.bytes(SECRET_BYTES);
  }

  /** The cookie of an address now. */
  make(address: string, port: number): Buffer {
    return this.#cookie(address, port, this.#period());
  }

  /** Whether it is this address's, of this period or the one before. */
  isGood(cookie: Buffer, address: string, port: number): boolean {
    if (cookie.length !== COOKIE_BYTES) return false;
    const period = this.#period();
    return [period, period - 1].some((each) => timingSafeEqual(this.#cookie(address, port, each), cookie));
  }

  #period(): number {
    return Math.floor(this.#clock.now() / COOKIE_PERIOD_MS);
  }

  #cookie(address: string, port: number, period: number): Buffer {
    return createHmac('sha256', this.#secret)
      .update(`${period} ${port} ${address}`)
      .digest()
      .subarray(0, COOKIE_BYTES);
  }
}
