/** One question to a STUN server: a Binding request with what RFC 5780 adds to it, sent again until an answer is believed. */
import type { TransportAddress } from '../../../shared/words.ts';
import type { Outside } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import { encodeStun, findAttribute, METHOD_BINDING, type StunAttribute } from '../stun/message.ts';
import type { Road } from './types.ts';

export interface Question {
  readonly to: TransportAddress;
  readonly attributes?: readonly StunAttribute[];
  /** Where the answer has to come from, when not from where the question went. */
  readonly answerFrom?: TransportAddress;
  /** How long to wait after each sending, ms. */
  readonly pausesMs: readonly number[];
  /** Asked before each sending; false keeps the datagram here. */
  readonly maySend?: () => boolean;
  /** Where the answer comes in, when not on the road that the question went out by (RFC 5780 §7.5). */
  readonly answerAt?: Road;
}

export type Answer =
  | {
      readonly kind: 'answered';
      /** Our address as the server sees it. */
      readonly mapped: TransportAddress;
      readonly rttMs: number;
    }
  /** An error, or an answer from the address that was asked although another one was to answer. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent' };

const SILENT: Answer = { kind: 'silent' };

/** Asks, and resolves with the first answer that is believed, or `silent` after the last pause or when the road is closed. */
export function ask(outside: Outside, road: Road, question: Question): Promise<Answer> {
  const { to, answerFrom = to, attributes = [], pausesMs, maySend, answerAt = road } = question;
  const { closed } = answerAt;
  if (closed.aborted) return Promise.resolve(SILENT);
  const transactionId = outside.random.bytes(TRANSACTION_ID_BYTES);
  const request = encodeStun(
    { method: METHOD_BINDING, class: 'request', transactionId, attributes },
    { fingerprint: true },
  );
  return new Promise((resolve) => {
    const settle = (answer: Answer): void => {
      closed.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    let sentAtMs = 0;
    const transaction = answerAt.transactions.start({
      transactionId,
      pausesMs,
      send: () => {
        if (maySend?.() === false) return;
        sentAtMs = outside.clock.now();
        road.send(request, to.port, to.address);
      },
      onResponse: (response, _datagram, source) => {
        const expected = isSame(source, answerFrom);
        // RFC 8489 §6.3: an answer from elsewhere is nobody's answer.
        if (!expected && !isSame(source, to)) return false;
        const mapped =
          findAttribute(response, 'xor-mapped-address') ?? findAttribute(response, 'mapped-address');
        if (!expected || response.class !== 'success' || !mapped || mapped.port === 0) {
          settle({ kind: 'refused' });
          return true;
        }
        const { address, port } = mapped;
        settle({ kind: 'answered', mapped: { address, port }, rttMs: outside.clock.now() - sentAtMs });
        return true;
      },
      onTimeout: () => settle(SILENT),
    });
    const onAbort = (): void => {
      transaction.stop();
      settle(SILENT);
    };
    closed.addEventListener('abort', onAbort, { once: true });
  });
}

export function isSame(one: TransportAddress, other: TransportAddress): boolean {
  return one.address === other.address && one.port === other.port;
}
