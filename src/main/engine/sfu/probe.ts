/**
 * PROBE: how the server finds out whether a node is where it says, and whom its NAT lets in. In STUN's form (RFC 8489 §5), from
 * sockets of the server that the node sent to, and from others that it never did.
 *
 *   server                                     node
 *     the node's name ─────────────────────────▶
 *     ◀─────────────────── success, same transaction    20 bytes for 56, so nothing is gained by forging a source
 */
import { encodeStun, type StunMessage } from '../stun/message.ts';
import { ATTRIBUTE_CARRIER, CARRIER_BYTES, METHOD_PROBE } from './constants.ts';

/** @param transactionId 12 random bytes: whoever returns them has received this */
export function writeProbe(transactionId: Buffer, carrier: Buffer): Buffer {
  const attributes = [{ name: 'other' as const, code: ATTRIBUTE_CARRIER, value: carrier }];
  return encodeStun({ method: METHOD_PROBE, class: 'request', transactionId, attributes });
}

/**
 * A node's answer, to be sent back from the socket that the probe came in on. Null for what is no probe, and for one that does not
 * name this node: strangers who scan get nothing. Never throws.
 */
export function answerProbe(message: StunMessage, carrier: Buffer): Buffer | null {
  if (message.method !== METHOD_PROBE || message.class !== 'request') return null;
  const named = message.attributes.find((each) => each.name === 'other' && each.code === ATTRIBUTE_CARRIER);
  if (named?.name !== 'other' || named.value.length !== CARRIER_BYTES || !named.value.equals(carrier)) {
    return null;
  }
  const { transactionId } = message;
  return encodeStun({ method: METHOD_PROBE, class: 'success', transactionId, attributes: [] });
}

/** The transaction that a node answers; null for what is no answer. Never throws. */
export function readProbeAnswer(message: StunMessage): Buffer | null {
  return message.method === METHOD_PROBE && message.class === 'success' ? message.transactionId : null;
}
