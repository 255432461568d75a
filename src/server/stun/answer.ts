/** What a STUN server says to a datagram: pure, so that it can be tried with anything. RFC 8489 §6.3 and RFC 5780 §6.1, Binding only. */
import {
  decodeStun,
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  type StunAttribute,
  type StunAttributeName,
  type StunMessage,
  unknownRequiredAttributes,
} from '../../main/engine/stun/message.ts';
import { familyOf } from './addresses.ts';
import { BAD_REQUEST, MAX_ANSWER_FACTOR, UNKNOWN_ATTRIBUTE } from './constants.ts';
import { answeringCorner, type Corner, isOwnCorner, oppositeCorner } from './corners.ts';

/** An answer that is given. */
interface Reply {
  readonly result: 'answered' | 'unknown-attribute' | 'bad-request';
  readonly datagram: Buffer;
  /** The port of the asking address that it goes to. */
  readonly port: number;
  /** The corner it leaves from; 0 where there is one address. */
  readonly corner: number;
}

export type Answer =
  | Reply
  /** `garbage` is no STUN; `ignored` is STUN that a server does not answer; `oversized` would break the bound. */
  | { readonly result: 'garbage' | 'ignored' | 'oversized'; readonly datagram?: undefined };

/** Where the datagram came in, on a server with two addresses. */
export interface Arrival {
  readonly corners: readonly Corner[];
  readonly at: number;
}

/**
 * RFC 5780 §6.1: CHANGE-REQUEST is for servers with two addresses. RESPONSE-PORT needs only one; PADDING is not served: an answer that is
 * made to be cut into fragments helps nobody here and is what an attacker would ask for.
 */
const SERVED_WITH_ONE: readonly StunAttributeName[] = ['response-port'];
const SERVED_WITH_TWO: readonly StunAttributeName[] = ['response-port', 'change-request'];

/**
 * The answer to a datagram from an address: success with XOR-MAPPED-ADDRESS, error 420 or 400, or none. Indications, responses
 * and other methods get none, so that two servers can never answer each other; and no answer goes to a socket of this server.
 * It goes to the address that asked, whatever is asked for: RESPONSE-PORT chooses a port of that address only. Never throws on
 * network input.
 *
 * @param address canonical text, without zone
 * @param arrival undefined on a server with one address
 */
export function answerStun(datagram: Buffer, address: string, port: number, arrival?: Arrival): Answer {
  const request = decodeStun(datagram);
  if (!request) return { result: 'garbage' };
  if (request.class !== 'request' || request.method !== METHOD_BINDING) return { result: 'ignored' };

  const reply = replyTo(request, address, port, arrival);
  if (arrival && isOwnCorner(arrival.corners, address, reply.port)) return { result: 'ignored' };
  const factor = MAX_ANSWER_FACTOR[arrival ? familyOf(address) : 'plain'];
  return reply.datagram.length <= datagram.length * factor ? reply : { result: 'oversized' };
}

function replyTo(request: StunMessage, address: string, port: number, arrival: Arrival | undefined): Reply {
  const at = arrival?.at ?? 0;
  const unknown = unknownRequiredAttributes(request, arrival ? SERVED_WITH_TWO : SERVED_WITH_ONE);
  if (unknown.length > 0) {
    const codes: StunAttribute = { name: 'unknown-attributes', codes: [...new Set(unknown)] };
    const datagram = respond(request, 'error', [{ name: 'error-code', ...UNKNOWN_ATTRIBUTE }, codes]);
    return { result: 'unknown-attribute', datagram, port, corner: at };
  }
  const responsePort = findAttribute(request, 'response-port')?.port ?? port;
  if (responsePort === 0) {
    const datagram = respond(request, 'error', [{ name: 'error-code', ...BAD_REQUEST }]);
    return { result: 'bad-request', datagram, port, corner: at };
  }
  const change = findAttribute(request, 'change-request');
  const corner = answeringCorner(at, change?.changeAddress ?? false, change?.changePort ?? false);
  const datagram = respond(request, 'success', [
    { name: 'xor-mapped-address', address, port },
    ...(arrival ? behaviourAttributes(arrival, corner) : []),
  ]);
  return { result: 'answered', datagram, port: responsePort, corner };
}

/** RFC 5780 §6.1: where the answer leaves from, and where both address and port are other ones than where it was asked. */
function behaviourAttributes({ corners, at }: Arrival, corner: number): StunAttribute[] {
  const origin = corners[corner];
  const other = corners[oppositeCorner(at)];
  if (!origin || !other) return []; // A pair always has four.
  return [
    { name: 'response-origin', address: origin.address, port: origin.port },
    { name: 'other-address', address: other.address, port: other.port },
  ];
}

function respond(
  { method, transactionId, ...request }: StunMessage,
  kind: 'success' | 'error',
  attributes: readonly StunAttribute[],
): Buffer {
  // RFC 8489 §14.7: the answer has a FINGERPRINT when the request had one, and so its bytes are paid for.
  const fingerprint = request.attributes.some(({ name }) => name === 'fingerprint');
  return encodeStun({ method, class: kind, transactionId, attributes }, { fingerprint });
}
