/** What a STUN server says to a datagram: pure, so that it can be tried with anything. RFC 8489 §6.3, Binding only. */
import {
  decodeStun,
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  unknownRequiredAttributes,
} from '../../main/engine/stun/message.ts';
import { MAX_ANSWER_FACTOR, MAX_REQUEST_BYTES, UNKNOWN_ATTRIBUTE } from './constants.ts';

export type Answer =
  | { readonly result: 'answered' | 'unknown-attribute'; readonly datagram: Buffer }
  /** `garbage` is no STUN; `ignored` is STUN that a server does not answer; `oversized` would break the bound. */
  | { readonly result: 'garbage' | 'ignored' | 'oversized'; readonly datagram?: undefined };

/**
 * The answer to a datagram from an address: success with XOR-MAPPED-ADDRESS, error 420, or none. Indications, responses
 * and other methods get none, so that two servers can never answer each other. Never throws on network input.
 *
 * @param address canonical text, without zone
 */
export function answerStun(datagram: Buffer, address: string, port: number): Answer {
  if (datagram.length > MAX_REQUEST_BYTES) return { result: 'garbage' };
  const request = decodeStun(datagram);
  if (!request) return { result: 'garbage' };
  if (request.class !== 'request' || request.method !== METHOD_BINDING) return { result: 'ignored' };
  const { method, transactionId } = request;
  // RFC 8489 §14.7: the answer has a FINGERPRINT when the request had one, and so its bytes are paid for.
  const options = { fingerprint: findAttribute(request, 'fingerprint') !== undefined };
  const unknown = [...new Set(unknownRequiredAttributes(request))];
  const answer =
    unknown.length > 0
      ? encodeStun(
          {
            method,
            class: 'error',
            transactionId,
            attributes: [
              { name: 'error-code', ...UNKNOWN_ATTRIBUTE },
              { name: 'unknown-attributes', codes: unknown },
            ],
          },
          options,
        )
      : encodeStun(
          {
            method,
            class: 'success',
            transactionId,
            attributes: [{ name: 'xor-mapped-address', address, port }],
          },
          options,
        );
  if (answer.length > datagram.length * MAX_ANSWER_FACTOR) return { result: 'oversized' };
  return { result: unknown.length > 0 ? 'unknown-attribute' : 'answered', datagram: answer };
}
