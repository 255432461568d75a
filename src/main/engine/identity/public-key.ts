/** User IDs as the keys they are. */
import { ed25519 } from '@noble/curves/ed25519.js';
import type { UserId } from '../../../shared/words.ts';
import { KEY_BYTES } from './constants.ts';

/**
 * The public key that a user ID spells, or `null` where it spells none.
 *
 * Only the one canonical spelling counts: 43 characters have two bits to spare, and without this one person would have four
 * IDs, three of which nobody has blocked. The key must be a point of the prime-order group, so that it has no small-order
 * twin either.
 */
export function publicKeyOf(userId: UserId): Buffer | null {
  const bytes = Buffer.from(userId, 'base64url');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64url') !== userId) return null;
  return isPublicKey(bytes) ? bytes : null;
}

/** Whether 32 bytes are an Ed25519 public key that somebody can have (RFC 8032 §5.1.3; no small-order part). */
export function isPublicKey(bytes: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(bytes);
    return !point.is0() && point.isTorsionFree();
  } catch {
    return false; // No point of the curve.
  }
}
