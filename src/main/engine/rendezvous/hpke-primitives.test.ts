import type { webcrypto } from 'node:crypto';
import {
  CipherSuite,
  Aes128Gcm as WebAes128Gcm,
  DhkemX25519HkdfSha256 as WebDhkem,
  HkdfSha256 as WebHkdfSha256,
} from '@hpke/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Aes128Gcm, DhkemX25519HkdfSha256, HkdfSha256 } from './hpke-primitives.ts';

const ours = () =>
  new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
const webCrypto = () =>
  new CipherSuite({ kem: new WebDhkem(), kdf: new WebHkdfSha256(), aead: new WebAes128Gcm() });

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

/** RFC 9180, appendix A.1.3: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM in auth mode. */
const VECTOR = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  enc: hex('23fb952571a14a25e3d678140cd0e5eb47a0961bb18afcf85896e5453c312e76'),
  skRm: hex('fdea67cf831f1ca98d8e27b1f6abeb5b7745e9d35348b80fa407ff6958f9137e'),
  pkSm: hex('8b0c70873dc5aecb7f9ee4e62406a397b350e57012be45cf53b7105ae731790b'),
  plaintext: hex('4265617574792069732074727574682c20747275746820626561757479'),
  aad: hex('436f756e742d30'),
  ciphertext: hex(
    '5fd92cc9d46dbf8943e72a07e42f363ed5f721212cd90bcfd072bfd9f44e06b80fd17824947496e21b680c141b',
  ),
};

describe('HPKE on synchronous primitives', () => {
  test('opens the RFC’s vector for auth mode', async () => {
    const suite = ours();
    const recipient = await suite.createRecipientContext({
      recipientKey: await suite.kem.deserializePrivateKey(VECTOR.skRm),
      senderPublicKey: await suite.kem.deserializePublicKey(VECTOR.pkSm),
      enc: VECTOR.enc,
      info: VECTOR.info,
    });

    const opened = await recipient.open(VECTOR.ciphertext, VECTOR.aad);

    expect(new Uint8Array(opened)).toEqual(VECTOR.plaintext);
  });

  test.each([
    ['what the library’s own opens', ours, webCrypto],
    ['nothing else than the library’s own seals', webCrypto, ours],
  ])('seals and opens %s', async (_, sealing, opening) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 60 }),
        async (data, aad) => {
          const [from, to] = [sealing(), opening()];
          const raw = async (suite: CipherSuite) => {
            const pair = await suite.kem.generateKeyPair();
            return {
              pair,
              public: new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey)),
            };
          };
          const [sender, receiver] = [await raw(from), await raw(to)];
          const context = await from.createSenderContext({
            recipientPublicKey: await from.kem.deserializePublicKey(receiver.public),
            senderKey: sender.pair,
          });
          const sealed = await context.seal(data, aad);
          const recipient = await to.createRecipientContext({
            recipientKey: receiver.pair,
            senderPublicKey: await to.kem.deserializePublicKey(sender.public),
            enc: context.enc,
          });
          expect(new Uint8Array(await recipient.open(sealed, aad))).toEqual(data);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('opens nothing that was changed by a bit, cut short, or sealed by somebody else', async () => {
    const suite = ours();
    const [sender, receiver, stranger] = await Promise.all([0, 1, 2].map(() => suite.kem.generateKeyPair()));
    if (!sender || !receiver || !stranger) throw new Error('no keys');
    const context = await suite.createSenderContext({
      recipientPublicKey: receiver.publicKey,
      senderKey: sender,
    });
    const sealed = new Uint8Array(await context.seal(new Uint8Array(40), new Uint8Array(3)));
    const open = async (bytes: Uint8Array, senderPublicKey: webcrypto.CryptoKey) => {
      const recipient = await suite.createRecipientContext({
        recipientKey: receiver,
        enc: context.enc,
        senderPublicKey,
      });
      return recipient.open(bytes, new Uint8Array(3));
    };
    const flipped = sealed.slice();
    flipped[5] = (flipped[5] ?? 0) ^ 1;

    await expect(open(flipped, sender.publicKey)).rejects.toThrow();
    await expect(open(sealed.slice(0, 15), sender.publicKey)).rejects.toThrow();
    await expect(open(sealed, stranger.publicKey)).rejects.toThrow();
    expect((await open(sealed, sender.publicKey)).byteLength).toBe(40);
  });

  test('refuses keys of the wrong length, and points that agree on nothing', async () => {
    const suite = ours();
    const pair = await suite.kem.generateKeyPair();

    await expect(suite.kem.deserializePublicKey(new Uint8Array(31))).rejects.toThrow();
    const zero = await suite.kem.deserializePublicKey(new Uint8Array(32));
    await expect(suite.createSenderContext({ recipientPublicKey: zero, senderKey: pair })).rejects.toThrow();
  });
});
