/** Proof of identity: an Ed25519 signature over a challenge made for one connection (docs/protocol.md). */
import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto';
import { authenticationText, type ClientFrame } from '../../shared/rendezvous.ts';
import { NONCE_BYTES } from '../constants.ts';

export type AuthenticateFrame = Extract<ClientFrame, { type: 'authenticate' }>;

/** A challenge for one connection: 43 characters. It is good for one attempt. */
export function newNonce(): string {
  return randomBytes(NONCE_BYTES).toString('base64url');
}

/**
 * Whether the frame proves its user ID for this challenge.
 *
 * @param host the Host header as the client sent it: what the client believes it talks to
 */
export function provesIdentity(frame: AuthenticateFrame, host: string, nonce: string): boolean {
  const key = publicKeyOf(frame.userId);
  const signature = canonicalBytes(frame.signature);
  if (!key || !signature) return false;
  const text = authenticationText(host, nonce, frame.userId, frame.deviceId);
  try {
    return verify(null, Buffer.from(text), key, signature);
  } catch {
    return false; // A key that is no point of the curve verifies nothing.
  }
}

function publicKeyOf(userId: string): KeyObject | null {
  if (!canonicalBytes(userId)) return null;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: userId }, format: 'jwk' });
  } catch {
    return null; // Not a public key: whoever made the ID up cannot have its secret.
  }
}

/**
 * The bytes of unpadded base64url text; null unless it is the one canonical spelling of them. Otherwise one key could
 * appear under several user IDs, because the last character has bits to spare.
 */
function canonicalBytes(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
