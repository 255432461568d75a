import { createPublicKey, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { x25519 } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { realOutside } from '../outside/real.ts';
import { StoreUnreadableError } from '../store/errors.ts';
import { identityFrom, loadOrCreateIdentity } from './identity.ts';

/** RFC 8032 §7.1, TEST 2. */
const SEED = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
const PUBLIC = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
const SIGNATURE =
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';
const DEVICE = 'AAAAAAAAAAAAAAAA';

function storeWith(secret: Buffer | null) {
  return {
    directory: '/nowhere',
    deviceId: DEVICE,
    identity: {
      saved: [] as Buffer[],
      load: () => secret,
      save(seed: Buffer) {
        this.saved.push(seed);
      },
    },
  };
}

describe('an identity', () => {
  test('is the Ed25519 key pair of its seed (RFC 8032 §7.1)', () => {
    const identity = identityFrom(SEED, DEVICE);

    expect(identity.userId).toBe(PUBLIC.toString('base64url'));
    expect(identity.sign(Buffer.from('72', 'hex')).toString('hex')).toBe(SIGNATURE);
  });

  test('signs text as UTF-8', () => {
    const identity = identityFrom(SEED, DEVICE);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: identity.userId }, format: 'jwk' });

    expect(verify(null, Buffer.from('schön'), key, identity.sign('schön'))).toBe(true);
    expect(verify(null, Buffer.from('schon'), key, identity.sign('schön'))).toBe(false);
  });

  test('has an X25519 pair whose halves belong together', () => {
    const { secret, public: publicKey } = identityFrom(SEED, DEVICE).agreementKeys();

    expect(Buffer.from(x25519.getPublicKey(secret))).toEqual(Buffer.from(publicKey));
  });

  test('does not show its secret when it is logged', () => {
    const identity = identityFrom(SEED, DEVICE);
    const shown = inspect(identity, { depth: 5, showHidden: true }) + JSON.stringify(identity);

    expect(shown).toContain(identity.userId);
    expect(shown).not.toContain(SEED.toString('hex'));
    expect(shown).not.toContain(SEED.toString('base64url'));
    expect(shown).not.toContain('Uint8Array');
  });

  test('is made once, and stored before it is used', () => {
    const store = storeWith(null);

    const identity = loadOrCreateIdentity(store, realOutside.random);

    expect(store.identity.saved).toHaveLength(1);
    expect(identityFrom(store.identity.saved[0] ?? Buffer.of(), DEVICE).userId).toBe(identity.userId);
  });

  test('is not made anew when the stored one has the wrong length', () => {
    const store = storeWith(Buffer.alloc(31));

    expect(() => loadOrCreateIdentity(store, realOutside.random)).toThrow(StoreUnreadableError);
    expect(store.identity.saved).toHaveLength(0);
  });
});
