import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CarrierOffer } from '../../../shared/signal.ts';
import { privateKeyFrom, rawPublicKey } from '../identity/ed25519.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { type CarrierPlace, placeDigest, type Ticket, writeTicket } from '../sfu/ticket.ts';
import { OFFER_BURST, OFFER_PERIOD_MS } from './constants.ts';
import { OfferTrust } from './trust.ts';

const server = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const RELAY: CarrierPlace = { kind: 'relay', addresses: [{ host: '', port: 3_479 }], urls: ['/relay'] };
const NODE: CarrierPlace = { kind: 'sfu', addresses: [{ host: '192.0.2.7', port: 4_000 }], urls: [] };

function offer(
  place: CarrierPlace,
  { signedBy = server, ticket = {} }: { signedBy?: typeof server; ticket?: Partial<Ticket> } = {},
): CarrierOffer {
  const carrier = randomBytes(32);
  const secret = randomBytes(32);
  const signed: Ticket = {
    bridgeId: randomBytes(16),
    carrier,
    place: placeDigest(place),
    keys: { A: randomBytes(32), B: rawPublicKey(privateKeyFrom(secret)) },
    notAfter: 1_000_000,
    kbitPerS: 4_000,
    ...ticket,
  };
  return CarrierOffer.parse({
    ...place,
    carrier: carrier.toString('base64url'),
    ticket: writeTicket(signed, signedBy.privateKey).toString('base64url'),
    secret: secret.toString('base64url'),
  });
}

function trust(options: { hides?: boolean; signs?: boolean } = {}) {
  const clock = new SimulatedClock();
  const ticketKey = options.signs === false ? null : server.publicKey;
  const made = new OfferTrust({
    clock,
    ticketKey: () => ticketKey,
    hidesAddress: () => options.hides === true,
  });
  return { trust: made, clock };
}

describe('an offer of the other side', () => {
  test.each([RELAY, NODE])('that the server signed is followed: %o', (place) => {
    expect(trust().trust.admit(offer(place))).toMatchObject({ ...place, side: 'B' });
  });

  test.each([
    ['address', { addresses: [{ host: '198.51.100.9', port: 4_000 }] }],
    ['port', { addresses: [{ host: '192.0.2.7', port: 22 }] }],
    ['further address', { addresses: [...NODE.addresses, { host: '127.0.0.1', port: 22 }] }],
    ['kind', { kind: 'relay' as const }],
    ['URL', { urls: ['http://['] }],
    ['name', { carrier: randomBytes(32).toString('base64url') }],
    ['key', { secret: randomBytes(32).toString('base64url') }],
    ['ticket', { ticket: offer(NODE).ticket }],
  ])('with another %s than the server signed leads nowhere', (_, changes) => {
    expect(trust().trust.admit({ ...offer(NODE), ...changes })).toBeNull();
  });

  test('with anybody else’s signature leads nowhere', () => {
    expect(trust().trust.admit(offer(NODE, { signedBy: stranger }))).toBeNull();
  });

  test('leads nowhere where our server signs nothing', () => {
    expect(trust({ signs: false }).trust.admit(offer(RELAY))).toBeNull();
  });

  test('leads who hides their address to no node, signed or not, and to the relay', () => {
    const { trust: hiding } = trust({ hides: true });

    expect(hiding.admit(offer(NODE))).toBeNull();
    expect(hiding.admit(offer(RELAY))).not.toBeNull();
  });

  test('is followed once', () => {
    const { trust: one } = trust();
    const said = offer(RELAY);

    expect(one.admit(said)).not.toBeNull();
    expect(one.admit(said)).toBeNull();
  });

  test('is one of so many in a row, and one more each period', async () => {
    const { trust: one, clock } = trust();
    const followed = () =>
      Array.from({ length: 2 * OFFER_BURST }, () => one.admit(offer(RELAY))).filter(Boolean);

    expect(followed()).toHaveLength(OFFER_BURST);
    await clock.run(3 * OFFER_PERIOD_MS);
    expect(followed()).toHaveLength(3);
  });

  test('of any bytes that the schema lets through is refused without a throw', () => {
    const text = (length: number) =>
      fc.uint8Array({ minLength: (length * 3) >> 2, maxLength: (length * 3) >> 2 }).map((bytes) => {
        const encoded = Buffer.from(bytes).toString('base64url').padEnd(length, 'A');
        return encoded.slice(0, length);
      });
    const hostile = fc.record({
      kind: fc.constantFrom('sfu', 'relay'),
      carrier: text(43),
      addresses: fc.array(
        fc.record({ host: fc.string({ maxLength: 253 }), port: fc.integer({ min: 1, max: 65_535 }) }),
        {
          maxLength: 4,
        },
      ),
      urls: fc.array(fc.oneof(fc.string(), fc.constantFrom('http://[', 'wss://x/#a', 'ws://127.0.0.1:22')), {
        maxLength: 4,
      }),
      ticket: text(292),
      secret: text(43),
    });
    fc.assert(
      fc.property(hostile, (said) => {
        const parsed = CarrierOffer.safeParse(said);
        if (parsed.success) expect(trust().trust.admit(parsed.data)).toBeNull();
      }),
    );
  });
});
