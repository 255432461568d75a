/** Who this user is: an Ed25519 key pair made at first start. The user ID is the public key. */
import { sign } from 'node:crypto';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { DeviceId, UserId } from '../../../shared/words.ts';
import type { Random } from '../outside/index.ts';
import { StoreUnreadableError } from '../store/errors.ts';
import type { Store } from '../store/index.ts';
import { KEY_BYTES } from './constants.ts';
import { privateKeyFrom, rawPublicKey } from './ed25519.ts';

/** The key pair for envelopes: X25519, both keys 32 bytes (RFC 7748). */
export interface AgreementKeys {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

export interface Identity {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Ed25519 signature of the bytes, 64 bytes (RFC 8032). Text is signed as UTF-8. */
  sign(text: string | Buffer): Buffer;
  /** A method and not a property, so that no log or inspection of an identity shows its secret. */
  agreementKeys(): AgreementKeys;
}

/**
 * The identity in the store; made, and stored before it is used, where there is none.
 * @throws StoreUnreadableError when there is one that cannot be read: it is never replaced
 * @throws StoreUnwritableError when a new one cannot be kept
 */
export function loadOrCreateIdentity(
  store: Pick<Store, 'identity' | 'deviceId' | 'directory'>,
  random: Random,
): Identity {
  let seed = store.identity.load();
  if (seed === null) {
    seed = random.bytes(KEY_BYTES);
    store.identity.save(seed);
  }
  if (seed.length !== KEY_BYTES) {
    throw new StoreUnreadableError(
      join(store.directory, 'identity.json'),
      'the secret key in it has the wrong length',
    );
  }
  return identityFrom(seed, store.deviceId);
}

/** The identity of a 32-byte Ed25519 seed on one machine. */
export function identityFrom(seed: Uint8Array, deviceId: DeviceId): Identity {
  const privateKey = privateKeyFrom(seed);
  const publicKey = rawPublicKey(privateKey);
  const agreement: AgreementKeys = {
    secret: ed25519.utils.toMontgomerySecret(seed),
    public: ed25519.utils.toMontgomery(publicKey),
  };
  return {
    userId: publicKey.toString('base64url'),
    deviceId,
    sign: (text) => sign(null, typeof text === 'string' ? Buffer.from(text) : text, privateKey),
    agreementKeys: () => agreement,
  };
}
