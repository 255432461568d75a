import type { SealedEnvelope } from '../../shared/rendezvous.ts';

/** Two IDs of users, one or two of devices, one of the envelope, and the objects that hold them. */
const LETTER_OVERHEAD_BYTES = 512;

/** What an envelope costs in memory, for the bounds: its sealed text and about this much around it. */
export function letterBytes(envelope: SealedEnvelope): number {
  return envelope.sealed.length + LETTER_OVERHEAD_BYTES;
}
