/**
 * Sealed envelopes: HPKE (RFC 9180) in auth mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. Only the receiver
 * opens one, and the receiver knows who sealed it. docs/security.md says what this protects and what not.
 *
 * The X25519 keys are those of the Ed25519 identities, converted by the birational map (RFC 7748 §4.1). Using one key pair for
 * Ed25519 signatures and an X25519 KEM that hashes like DHKEM does was shown safe by Thormarker (eprint.iacr.org/2021/509).
 */
import type { webcrypto } from 'node:crypto';
import { CipherSuite } from '@hpke/core';
import { ed25519 } from '@noble/curves/ed25519.js';
import type { SealedEnvelope } from '../../../shared/rendezvous.ts';
import { type ReceivedSignal, Signal, type SignalType } from '../../../shared/signal.ts';
import type { DeviceId, UserId } from '../../../shared/words.ts';
import type { Identity } from '../identity/identity.ts';
import { publicKeyOf } from '../identity/public-key.ts';
import type { Clock, Random } from '../outside/index.ts';
import { compress, decompress } from './compression.ts';
import {
  CLOCK_TOLERANCE_MS,
  ENCAPSULATED_BYTES,
  ENVELOPE_INFO,
  KEYS_KEPT,
  LIVE_AGE_MS,
  LIVE_PER_SENDER,
  LIVE_SENDERS,
  MAILBOX_AGE_MS,
  MAILBOX_PER_SENDER,
  MAILBOX_SENDERS,
} from './constants.ts';
import { EnvelopeError, EnvelopeUnsealableError } from './errors.ts';
import { Aes128Gcm, DhkemX25519HkdfSha256, HkdfSha256 } from './hpke-primitives.ts';
import { pad, unpad } from './padding.ts';
import { ReplayMemory } from './replay.ts';
import { SAMPLE_INVITE } from './sample-signals.ts';

export { EnvelopeError, EnvelopeUnsealableError } from './errors.ts';
export { fromBytes, toBytes } from './framing.ts';

/** Where the ids of mailbox envelopes survive a restart; the store has one. */
export interface SeenEnvelopes {
  load(): unknown;
  save(seen: unknown): void;
}

/** Kinds that the server keeps for people who are away, and that may therefore be old. */
const MAILBOX_KINDS: ReadonlySet<SignalType> = new Set(['contact-request', 'contact-accept']);

const info = Buffer.from(ENVELOPE_INFO);
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});

/** The sender an envelope names, readable before it is opened. Unproven: good enough to drop it, not to believe it. */
export function peek(envelope: SealedEnvelope): { readonly from: UserId; readonly fromDevice: DeviceId } {
  return { from: envelope.from, fromDevice: envelope.fromDevice };
}

export class Envelopes {
  readonly #identity: Identity;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #seenEnvelopes: SeenEnvelopes | undefined;
  readonly #ownKeys: Promise<webcrypto.CryptoKeyPair>;
  readonly #keys = new Map<UserId, Promise<webcrypto.CryptoKey>>();
  readonly #live = new ReplayMemory(LIVE_PER_SENDER, LIVE_SENDERS);
  readonly #mailbox = new ReplayMemory(MAILBOX_PER_SENDER, MAILBOX_SENDERS);
  #offsetMs = 0;

  /** @param seenEnvelopes without one, a server could bring an old contact request once more after a restart */
  constructor(identity: Identity, clock: Clock, random: Random, seenEnvelopes?: SeenEnvelopes) {
    this.#identity = identity;
    this.#clock = clock;
    this.#random = random;
    this.#seenEnvelopes = seenEnvelopes;
    this.#mailbox.import(seenEnvelopes?.load());
    this.#ownKeys = importOwnKeys(identity);
    // Whoever seals or opens first sees the failure; until then nobody waits for it.
    this.#ownKeys.catch(() => undefined);
  }

  /** How far the server's clock is ahead of ours, ms. Both sides correct by the same server, so their own clocks may be wrong. */
  serverClock(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }

  /**
   * Seals a signal for all machines of a user, or one.
   * @throws EnvelopeUnsealableError for a user ID that is no key, or a signal larger than an envelope
   */
  async seal(to: UserId, toDevice: DeviceId | undefined, signal: Signal): Promise<SealedEnvelope> {
    const compressed = compress(JSON.stringify(signal));
    const padded = compressed && pad(compressed);
    if (padded === null) throw new EnvelopeUnsealableError('the signal is too large for an envelope');
    const recipientPublicKey = await this.#keyOf(to);
    if (recipientPublicKey === null) throw new EnvelopeUnsealableError('this user ID is no key');
    const header = {
      id: this.#random.bytes(16).toString('base64url'),
      from: this.#identity.userId,
      fromDevice: this.#identity.deviceId,
      to,
      ...(toDevice === undefined ? {} : { toDevice }),
      sentAt: Math.max(0, Math.round(this.#now())),
    };
    const context = await suite.createSenderContext({
      recipientPublicKey,
      senderKey: await this.#ownKeys,
      info,
    });
    const ciphertext = await context.seal(padded, associatedData(header));
    const sealed = Buffer.concat([Buffer.from(context.enc), Buffer.from(ciphertext)]);
    return { ...header, sealed: sealed.toString('base64url') };
  }

  /**
   * Seals and opens one envelope to ourselves, so that the first of a call does not pay for compiling what it runs through:
   * 12 ms the first time, 1.5 ms from then on.
   */
  async warmUp(): Promise<void> {
    await this.#unseal(await this.seal(this.#identity.userId, undefined, SAMPLE_INVITE));
  }

  /**
   * Opens an envelope that passed its schema. Each is believed once, whichever road it came by.
   * @throws EnvelopeError, and nothing else for whatever a stranger may send
   */
  async open(envelope: SealedEnvelope): Promise<ReceivedSignal> {
    this.#checkHeader(envelope);
    const signal = await this.#unseal(envelope);
    this.#believeOnce(envelope, signal.type);
    const { from, fromDevice, sentAt } = envelope;
    return { from, fromDevice, sentAt, signal };
  }

  /** Everything that can be said without opening it, cheapest first. */
  #checkHeader({ id, from, fromDevice, to, toDevice, sentAt }: SealedEnvelope): void {
    const { userId, deviceId } = this.#identity;
    const ours = to === userId && (toDevice === undefined || toDevice === deviceId);
    const ownEcho = from === userId && fromDevice === deviceId;
    if (!ours || ownEcho) throw new EnvelopeError('not-for-us');
    // Another spelling of the same bytes would be another name for the same envelope.
    if (Buffer.from(id, 'base64url').toString('base64url') !== id) throw new EnvelopeError('malformed');
    const ageMs = this.#now() - sentAt;
    if (ageMs > MAILBOX_AGE_MS || ageMs < -CLOCK_TOLERANCE_MS) throw new EnvelopeError('stale');
    const known = [this.#live, this.#mailbox].some((memory) => memory.judge(from, id, sentAt) === 'replayed');
    if (known) throw new EnvelopeError('replayed');
  }

  async #unseal(envelope: SealedEnvelope): Promise<Signal> {
    const senderPublicKey = await this.#keyOf(envelope.from);
    if (senderPublicKey === null) throw new EnvelopeError('forged');
    const sealed = new Uint8Array(Buffer.from(envelope.sealed, 'base64url'));
    let padded: Buffer;
    try {
      const context = await suite.createRecipientContext({
        recipientKey: await this.#ownKeys,
        enc: sealed.slice(0, ENCAPSULATED_BYTES),
        senderPublicKey,
        info,
      });
      padded = Buffer.from(await context.open(sealed.slice(ENCAPSULATED_BYTES), associatedData(envelope)));
    } catch (error) {
      throw new EnvelopeError('forged', { cause: error });
    }
    const signal = readSignal(padded);
    if (signal === null) throw new EnvelopeError('malformed');
    return signal;
  }

  /** After the seal was checked, so that nobody can use up an id with a forgery; at once, so that two at a time cannot pass. */
  #believeOnce({ id, from, sentAt }: SealedEnvelope, type: SignalType): void {
    const mailbox = MAILBOX_KINDS.has(type);
    if (!mailbox && this.#now() - sentAt > LIVE_AGE_MS) throw new EnvelopeError('stale');
    const memory = mailbox ? this.#mailbox : this.#live;
    const verdict = memory.judge(from, id, sentAt);
    if (verdict !== 'new') throw new EnvelopeError(verdict);
    memory.remember(from, id, sentAt);
    if (mailbox) this.#seenEnvelopes?.save(memory.export());
  }

  #now(): number {
    return this.#clock.wallNow() + this.#offsetMs;
  }

  /** The X25519 public key of a user; `null` where the ID is none. */
  async #keyOf(userId: UserId): Promise<webcrypto.CryptoKey | null> {
    const known = this.#keys.get(userId);
    if (known !== undefined) return known;
    const publicKey = publicKeyOf(userId);
    if (publicKey === null) return null;
    const key = suite.kem.deserializePublicKey(ed25519.utils.toMontgomery(publicKey));
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size < KEYS_KEPT) break;
      this.#keys.delete(oldest);
    }
    this.#keys.set(userId, key);
    return key;
  }
}

async function importOwnKeys(identity: Identity): Promise<webcrypto.CryptoKeyPair> {
  const { secret, public: publicKey } = identity.agreementKeys();
  return {
    privateKey: await suite.kem.deserializePrivateKey(secret),
    publicKey: await suite.kem.deserializePublicKey(publicKey),
  };
}

/** The header as one text. No field can hold a line break, so no two headers give the same text. */
function associatedData(header: Omit<SealedEnvelope, 'sealed'>): Uint8Array {
  const { id, from, fromDevice, to, toDevice, sentAt } = header;
  return new TextEncoder().encode([id, from, fromDevice, to, toDevice ?? '', sentAt].join('\n'));
}

function readSignal(padded: Buffer): Signal | null {
  const compressed = unpad(padded);
  const text = compressed && decompress(compressed);
  if (text === null) return null;
  try {
    const parsed = Signal.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // Not JSON.
  }
}
