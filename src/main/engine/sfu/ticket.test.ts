import { describe, expect, test } from 'vitest';
import { publicKeyFrom } from '../identity/ed25519.ts';
import { TICKET_BYTES } from './constants.ts';
import { CarrierParty, keyPair } from './testing/party.ts';
import { isInTime, isSignedBy, readTicket } from './ticket.ts';

describe('a ticket', () => {
  test('says the same after the way', () => {
    const party = new CarrierParty();
    const ticket = party.ticket({ kbitPerS: 2_500 });

    const bytes = party.signed(ticket);

    expect(bytes).toHaveLength(TICKET_BYTES);
    expect(readTicket(bytes)).toEqual(ticket);
    expect(isSignedBy(bytes, party.server.public)).toBe(true);
  });

  test('is nobody’s when any bit of it was changed', () => {
    const party = new CarrierParty();
    const bytes = party.signed();

    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 0x10;
      expect(isSignedBy(changed, party.server.public), `byte ${index}`).toBe(false);
    }
  });

  test('is nobody’s when another server signed it', () => {
    const party = new CarrierParty();

    expect(isSignedBy(party.signed(party.ticket(), keyPair()), party.server.public)).toBe(false);
  });

  test.each([0, 1, TICKET_BYTES - 1, TICKET_BYTES + 1])('is none with %i bytes', (length) => {
    expect(readTicket(Buffer.alloc(length, 1))).toBeNull();
  });

  test('is good until its end and not for longer than the server gives', () => {
    const ticket = new CarrierParty().ticket({ notAfter: 10 * 3_600_000 });

    expect(isInTime(ticket, 10 * 3_600_000 - 60_000)).toBe(true);
    // A volunteer's clock may be two minutes off.
    expect(isInTime(ticket, 10 * 3_600_000 + 60_000)).toBe(true);
    expect(isInTime(ticket, 10 * 3_600_000 + 180_000)).toBe(false);
    expect(isInTime(ticket, 8 * 3_600_000)).toBe(false);
  });

  test('keys of the wrong length are none', () => {
    expect(publicKeyFrom(Buffer.alloc(31))).toBeNull();
    expect(publicKeyFrom(Buffer.alloc(33))).toBeNull();
  });
});
