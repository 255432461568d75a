import { randomBytes } from 'node:crypto';
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_ENVELOPE_TTL_MS, SealedEnvelope } from '../../../shared/rendezvous.ts';
import type { Signal } from '../../../shared/signal.ts';
import { identityFrom } from '../identity/identity.ts';
import { realOutside } from '../outside/real.ts';
import {
  CLOCK_TOLERANCE_MS,
  LIVE_AGE_MS,
  LIVE_PER_SENDER,
  MAILBOX_AGE_MS,
  MAX_SEALED_BYTES,
  PADDED_SIZES,
} from './constants.ts';
import { EnvelopeError, Envelopes, EnvelopeUnsealableError, peek } from './envelopes.ts';

const NOON = 1_800_000_000_000;
const callId = 'C'.repeat(22);
const ringing: Signal = { type: 'ringing', callId };
const request: Signal = { type: 'contact-request', name: 'Ada' };

let wallNow = NOON;
const clock = { ...realOutside.clock, wallNow: () => wallNow };
const newIdentity = () => identityFrom(randomBytes(32), randomBytes(12).toString('base64url'));

function user(seen?: { load(): unknown; save(seen: unknown): void }) {
  const identity = newIdentity();
  return { identity, envelopes: new Envelopes(identity, clock, realOutside.random, seen) };
}

/** How opening ended: the type of the signal, or the kind of the error. */
async function opened(by: { envelopes: Envelopes }, envelope: SealedEnvelope): Promise<string> {
  try {
    return (await by.envelopes.open(envelope)).signal.type;
  } catch (error) {
    if (error instanceof EnvelopeError) return error.kind;
    throw error;
  }
}

const alice = user();
let bob = user();
const mallory = user();

beforeEach(() => {
  wallNow = NOON;
  bob = user();
});

describe('an envelope', () => {
  test('is opened by the one it is for, who learns who sealed it', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);

    expect(SealedEnvelope.parse(envelope)).toEqual(envelope);
    expect(peek(envelope)).toEqual({ from: alice.identity.userId, fromDevice: alice.identity.deviceId });
    expect(await bob.envelopes.open(envelope)).toEqual({
      from: alice.identity.userId,
      fromDevice: alice.identity.deviceId,
      sentAt: NOON,
      signal: ringing,
    });
  });

  test('shows nothing of its content', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, request);

    expect(Buffer.from(envelope.sealed, 'base64url').includes('Ada')).toBe(false);
  });

  test('for one machine is not opened by another machine of the same user', async () => {
    const other = identityFrom(randomBytes(32), randomBytes(12).toString('base64url'));
    const here = new Envelopes(other, clock, realOutside.random);
    const there = new Envelopes({ ...other, deviceId: 'T'.repeat(16) }, clock, realOutside.random);
    const envelope = await alice.envelopes.seal(other.userId, 'T'.repeat(16), ringing);

    expect(await opened({ envelopes: here }, envelope)).toBe('not-for-us');
    expect(await opened({ envelopes: there }, envelope)).toBe('ringing');
  });

  test('to somebody else is not opened, even under our name', async () => {
    const envelope = await alice.envelopes.seal(mallory.identity.userId, undefined, ringing);

    expect(await opened(bob, envelope)).toBe('not-for-us');
    expect(await opened(bob, { ...envelope, to: bob.identity.userId })).toBe('forged');
  });

  test('from somebody who claims to be Alice is found out', async () => {
    const envelope = await mallory.envelopes.seal(bob.identity.userId, undefined, ringing);
    const { userId, deviceId } = alice.identity;

    expect(await opened(bob, { ...envelope, from: userId, fromDevice: deviceId })).toBe('forged');
  });

  test('sealed without the key of any sender is found out', async () => {
    const suite = new CipherSuite({
      kem: new DhkemX25519HkdfSha256(),
      kdf: new HkdfSha256(),
      aead: new Aes128Gcm(),
    });
    const template = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    const { id, from, fromDevice, to, sentAt } = template;
    const recipient = ed25519.utils.toMontgomery(Buffer.from(to, 'base64url'));
    const context = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(recipient),
      info: Buffer.from('byway-envelope-v1'),
    });
    const head = Buffer.from([id, from, fromDevice, to, '', sentAt].join('\n'));
    const text = Buffer.alloc(512);
    text.write(`${JSON.stringify(ringing)}\x80`, 'latin1');
    const ciphertext = Buffer.from(await context.seal(text, head));
    const sealed = Buffer.concat([Buffer.from(context.enc), ciphertext]).toString('base64url');

    expect(await opened(bob, { ...template, sealed })).toBe('forged');
  });

  test.each([
    ['id', { id: 'A'.repeat(22) }],
    ['sender’s machine', { fromDevice: 'Z'.repeat(16) }],
    ['receiver’s machine', {}],
    ['time', { sentAt: NOON - 1 }],
  ])('with another %s in its header is found out', async (what, changes) => {
    const sealed = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    const change = what.startsWith('receiver') ? { toDevice: bob.identity.deviceId } : changes;

    expect(await opened(bob, { ...sealed, ...change })).toBe('forged');
    expect(await opened(bob, sealed)).toBe('ringing');
  });

  test('with any byte of its sealed part changed is found out', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    const length = Buffer.from(envelope.sealed, 'base64url').length;
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(envelope.sealed, 'base64url');
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const changed = bytes.toString('base64url');
        const outcome = await opened(bob, { ...envelope, sealed: changed });
        // RFC 7748 §5: the top bit of an X25519 key is ignored, but HPKE binds the bytes as they came.
        expect(outcome).toBe('forged');
      }),
      { numRuns: 60 },
    );
  });

  test('of garbage ends in an EnvelopeError, whatever it is', async () => {
    const bytes = (length: number) =>
      fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((array) => Buffer.from(array).toString('base64url'));
    const garbage = fc.record({
      id: bytes(16),
      from: fc.oneof(bytes(32), fc.constant('A'.repeat(43)), fc.constant('_'.repeat(43))),
      fromDevice: bytes(12),
      to: fc.constant(bob.identity.userId),
      sentAt: fc.constant(NOON),
      sealed: fc
        .uint8Array({ minLength: 1, maxLength: 300 })
        .map((array) => Buffer.from(array).toString('base64url')),
    });
    await fc.assert(
      fc.asyncProperty(garbage, async (envelope) => {
        expect(await opened(bob, envelope)).toBe('forged');
      }),
      { numRuns: 60 },
    );
  });

  test('sealed well with no signal inside is malformed', async () => {
    const nonsense = { type: 'nonsense', callId } as unknown as Signal;

    expect(await opened(bob, await alice.envelopes.seal(bob.identity.userId, undefined, nonsense))).toBe(
      'malformed',
    );
  });
});

describe('an envelope is believed once', () => {
  test('whichever road it takes', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);

    expect(await opened(bob, envelope)).toBe('ringing');
    expect(await opened(bob, envelope)).toBe('replayed');
  });

  test('also when both come at the same moment', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);

    const outcomes = await Promise.all([opened(bob, envelope), opened(bob, envelope)]);

    expect(outcomes.sort()).toEqual(['replayed', 'ringing']);
  });

  test('and a forgery under its id does not use it up', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);

    expect(await opened(bob, { ...envelope, sealed: 'A'.repeat(800) })).toBe('forged');
    expect(await opened(bob, envelope)).toBe('ringing');
  });

  test('and not again under another spelling of its id', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(envelope.id.charAt(21));

    expect(await opened(bob, { ...envelope, id: envelope.id.slice(0, 21) + alphabet.charAt(last + 1) })).toBe(
      'malformed',
    );
  });

  test('even after its sender sent so many that it had to be forgotten', async () => {
    const first = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    expect(await opened(bob, first)).toBe('ringing');
    for (let count = 0; count < LIVE_PER_SENDER; count++) {
      wallNow += 1;
      await bob.envelopes.open(await alice.envelopes.seal(bob.identity.userId, undefined, ringing));
    }

    expect(await opened(bob, first)).toBe('stale');
  });

  test('even after a server turned the clock back', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    await bob.envelopes.open(envelope);
    wallNow = NOON + 3 * LIVE_AGE_MS;
    await bob.envelopes.open(await alice.envelopes.seal(bob.identity.userId, undefined, ringing));

    bob.envelopes.serverClock(-3 * LIVE_AGE_MS);

    expect(await opened(bob, envelope)).toBe('replayed');
  });

  test('a contact request also over a restart', async () => {
    let kept: unknown;
    const seen = {
      load: () => structuredClone(kept),
      save: (next: unknown) => {
        kept = JSON.parse(JSON.stringify(next));
      },
    };
    const before = user(seen);
    const envelope = await alice.envelopes.seal(before.identity.userId, undefined, request);
    expect(await opened(before, envelope)).toBe('contact-request');

    const after = { envelopes: new Envelopes(before.identity, clock, realOutside.random, seen) };

    expect(await opened(after, envelope)).toBe('replayed');
  });
});

describe('the time of an envelope', () => {
  test.each([
    ['a call signal as old as it may be', ringing, LIVE_AGE_MS, 'ringing'],
    ['an older one', ringing, LIVE_AGE_MS + 1, 'stale'],
    ['a contact request from the mailbox', request, MAX_ENVELOPE_TTL_MS, 'contact-request'],
    ['one that the mailbox would have dropped', request, MAILBOX_AGE_MS + 1, 'stale'],
    ['one from a clock a little ahead', ringing, -CLOCK_TOLERANCE_MS, 'ringing'],
    ['one from the future', ringing, -CLOCK_TOLERANCE_MS - 1, 'stale'],
  ])('%s', async (_, signal, ageMs, expected) => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, signal);
    wallNow = NOON + ageMs;

    expect(await opened(bob, envelope)).toBe(expected);
  });

  test('is the server’s, so that a wrong clock does no harm', async () => {
    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, ringing);
    wallNow = NOON - 86_400_000;
    expect(await opened(bob, envelope)).toBe('stale');

    bob.envelopes.serverClock(86_400_000);

    expect(await opened(bob, envelope)).toBe('ringing');
    expect((await bob.envelopes.seal(alice.identity.userId, undefined, ringing)).sentAt).toBe(NOON);
  });
});

describe('the size of an envelope', () => {
  const sealedBytes = ({ sealed }: SealedEnvelope) => Buffer.from(sealed, 'base64url').length;

  test('does not tell one small signal from another', async () => {
    const sizes = await Promise.all(
      [ringing, request, { type: 'contact-accept', name: 'x'.repeat(64) } as const].map(async (signal) =>
        sealedBytes(await alice.envelopes.seal(bob.identity.userId, undefined, signal)),
      ),
    );

    expect(new Set(sizes)).toEqual(new Set([PADDED_SIZES[0] + 48]));
  });

  test('is within what the contract allows for the largest description', async () => {
    const sdp = '\r\n'.repeat(8_192);
    const largest: Signal = {
      type: 'prepare',
      callId,
      path: {
        ufrag: 'abcd',
        pwd: 'p'.repeat(22),
        channels: { control: 0x4000, media: 0x4001 },
        candidates: [],
      },
      description: { type: 'offer', sdp },
    };

    const envelope = await alice.envelopes.seal(bob.identity.userId, undefined, largest);

    expect(sealedBytes(envelope)).toBeLessThanOrEqual(MAX_SEALED_BYTES);
    expect(SealedEnvelope.safeParse(envelope).success).toBe(true);
    expect((await bob.envelopes.open(envelope)).signal).toEqual(largest);
  });

  test('has an end', async () => {
    const endless = { type: 'contact-request', name: 'x'.repeat(MAX_SEALED_BYTES) } as const;

    await expect(alice.envelopes.seal(bob.identity.userId, undefined, endless)).rejects.toThrow(
      EnvelopeUnsealableError,
    );
  });

  test('nothing is sealed for an ID that is no key', async () => {
    await expect(alice.envelopes.seal('_'.repeat(43), undefined, ringing)).rejects.toThrow(
      EnvelopeUnsealableError,
    );
  });
});
