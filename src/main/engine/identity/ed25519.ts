/** Ed25519 keys between raw bytes (RFC 8032) and node:crypto's key objects. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from './constants.ts';

/** RFC 8410 §7: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
/** RFC 8410 §4: what stands before the 32 bytes of an Ed25519 public key in SubjectPublicKeyInfo. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** The key object of a 32-byte seed. */
export function privateKeyFrom(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of a private key's public half. */
export function rawPublicKey(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
}

/** The key object of a raw public key; null when it is none. Never throws: the bytes may be somebody else's. */
export function publicKeyFrom(raw: Uint8Array): KeyObject | null {
  if (raw.length !== KEY_BYTES) return null;
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}
