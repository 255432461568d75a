import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeStun, findAttribute } from '../stun/message.ts';
import { BRIDGE_QUIET_MS, COOKIE_PERIOD_MS, HALF_OPEN_MS } from './constants.ts';
import { nonceOf, provedJoin, readGoodbye, writeJoin } from './join.ts';
import { CarrierParty, keyPair } from './testing/party.ts';

const ALICE = '192.0.2.1';
const BOB = '192.0.2.2';

function bridged() {
  const party = new CarrierParty();
  const ticket = party.signed();
  const [alice, bob] = [party.guest(ALICE), party.guest(BOB)];
  const a = party.join(ticket, 'A', alice, { channel: 0x4aaa });
  const b = party.join(ticket, 'B', bob, { channel: 0x4bbb });
  if (!a || !b) throw new Error('a leg was refused');
  return { party, ticket, alice, bob, a, b };
}

describe('a bridge', () => {
  test('stands when both sides have shown their address, their ticket and their key', () => {
    const { party, a, b } = bridged();

    expect(a.state).toBe('half');
    expect(b.state).toBe('whole');
    expect(party.bridges.size).toBe(1);
  });

  test('sends on what comes, on the channel that the other side chose', () => {
    const { party, alice, bob, a, b } = bridged();

    party.frame(a.channel, Buffer.from('to bob'), alice);
    party.frame(b.channel, Buffer.from('to alice'), bob);

    expect(party.socket.to(bob).at(-1)?.toString('latin1')).toBe('\x4b\xbb\x00\x06to bob');
    expect(party.socket.to(alice).at(-1)?.toString('latin1')).toBe('\x4a\xaa\x00\x08to alice');
  });

  test('takes nothing from anybody else, and nothing that lies about its length', () => {
    const { party, alice, bob, a } = bridged();
    const before = party.socket.sent.length;

    party.frame(a.channel, Buffer.from('x'), party.guest('192.0.2.9'));
    party.frame(a.channel, Buffer.from('x'), party.guest(ALICE, 5_001));
    party.frame(a.channel, Buffer.from('x'), bob);
    const leg = party.channels.get(a.channel);
    if (leg) {
      party.bridges.forward(leg, Buffer.from([0x40, 0, 0, 200, 1]), party.socket, alice.address, alice.port);
    }

    expect(party.socket.sent).toHaveLength(before);
  });

  test('drops what has nowhere to go yet', () => {
    const party = new CarrierParty();
    const alice = party.guest(ALICE);
    const a = party.join(party.signed(), 'A', alice);
    const before = party.socket.sent.length;

    party.frame(a?.channel ?? 0, Buffer.from('too early'), alice);

    expect(party.socket.sent).toHaveLength(before);
  });

  test('drops what exceeds the rate of its ticket, in the long run to the byte', async () => {
    const party = new CarrierParty();
    const ticket = party.signed(party.ticket({ kbitPerS: 800 })); // 100 bytes/ms
    const [alice, bob] = [party.guest(ALICE), party.guest(BOB)];
    const a = party.join(ticket, 'A', alice);
    party.join(ticket, 'B', bob);
    const before = party.socket.to(bob).length;

    for (let ms = 0; ms < 10_000; ms += 5) {
      for (let index = 0; index < 2; index++) party.frame(a?.channel ?? 0, Buffer.alloc(996), alice); // 400 bytes/ms
      await party.clock.run(5);
    }

    const bytes = (party.socket.to(bob).length - before) * 1_000;
    // 10 s at the rate, and the quarter of a second that may come at once.
    expect(bytes).toBeGreaterThanOrEqual(1_000_000);
    expect(bytes).toBeLessThanOrEqual(1_025_000);
  });

  test('shares with the others what the carrier gives in all, whatever their tickets allow', async () => {
    const party = new CarrierParty();
    party.totalKbitPerS = 800; // 100 bytes/ms
    const bob = party.guest(BOB);
    const guests = ['192.0.2.11', '192.0.2.12', '192.0.2.13'].map((address) => {
      const [ticket, guest] = [party.signed(), party.guest(address)];
      party.join(ticket, 'B', bob);
      return { guest, channel: party.join(ticket, 'A', guest)?.channel ?? 0 };
    });
    const before = party.socket.to(bob).length;

    for (let ms = 0; ms < 10_000; ms += 5) {
      for (const { guest, channel } of guests) party.frame(channel, Buffer.alloc(996), guest);
      await party.clock.run(5);
    }

    const bytes = (party.socket.to(bob).length - before) * 1_000;
    expect(bytes).toBeGreaterThanOrEqual(1_000_000);
    expect(bytes).toBeLessThanOrEqual(1_025_000);
    expect(party.bridges).toMatchObject({ carried: 3, refused: 0 });
  });

  test('follows a side that its NAT moved, once it has proved the new address', () => {
    const { party, ticket, alice, bob, b } = bridged();
    const moved = party.guest(ALICE, 6_000);

    const again = party.join(ticket, 'A', moved, { channel: 0x4aaa });
    party.frame(b.channel, Buffer.from('still there?'), bob);

    expect(again?.state).toBe('whole');
    expect(party.socket.to(moved).at(-1)?.subarray(4).toString()).toBe('still there?');
    party.frame(again?.channel ?? 0, Buffer.from('old'), alice);
    expect(party.socket.to(bob).at(-1)?.subarray(4).toString()).not.toBe('old');
  });

  test('is forgotten when both sides are quiet, and not before', async () => {
    const { party, alice, a } = bridged();

    await party.clock.run(BRIDGE_QUIET_MS - 5_000);
    party.frame(a.channel, Buffer.from('here'), alice);
    await party.clock.run(BRIDGE_QUIET_MS - 5_000);
    expect(party.bridges.size).toBe(1);
    await party.clock.run(10_000);

    expect(party.bridges.size).toBe(0);
    expect(party.channels.size).toBe(0);
    expect(party.clock.pendingTimers).toBe(0);
  });

  test('is forgotten when the other side never came', async () => {
    const party = new CarrierParty();
    party.join(party.signed(), 'A', party.guest(ALICE));

    await party.clock.run(HALF_OPEN_MS + 5_000);

    expect(party.bridges.size).toBe(0);
    expect(party.clock.pendingTimers).toBe(0);
  });

  test('is forgotten when one side is alone, though it goes on sending', async () => {
    const { party, ticket, alice, bob, a } = bridged();
    const goOn = async (ms: number) => {
      for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
        await party.clock.run(1_000);
        party.frame(a.channel, Buffer.from('anybody?'), alice);
      }
    };
    await goOn(2 * HALF_OPEN_MS);
    party.join(ticket, 'B', bob, { leaves: true });

    await goOn(HALF_OPEN_MS - 2_000);
    expect(party.join(ticket, 'B', bob)?.state).toBe('whole');
    party.join(ticket, 'B', bob, { leaves: true });
    await goOn(HALF_OPEN_MS + 4_000);

    expect(party.bridges.size).toBe(0);
  });

  test('ends when both sides leave', () => {
    const { party, ticket, alice, bob } = bridged();

    party.join(ticket, 'A', alice, { leaves: true });
    party.join(ticket, 'B', bob, { leaves: true });

    expect(party.bridges.size).toBe(0);
    expect(party.channels.size).toBe(0);
  });

  test('outlives its ticket', async () => {
    const { party, ticket, alice, bob, a, b } = bridged();
    for (let minute = 0; minute < 20; minute++) {
      for (let step = 0; step < 6; step++) {
        await party.clock.run(10_000);
        party.frame(a.channel, Buffer.from('x'), alice);
        party.frame(b.channel, Buffer.from('x'), bob);
      }
    }

    expect(party.join(ticket, 'A', party.guest(ALICE, 7_000))?.state).toBe('whole');
  });

  test('says goodbye to both sides by the name only they know', () => {
    const { party, ticket, alice, bob } = bridged();

    party.bridges.sayGoodbye();

    for (const guest of [alice, bob]) {
      const message = decodeStun(party.socket.to(guest).at(-1) ?? Buffer.alloc(0));
      expect(message && readGoodbye(message)).toEqual(ticket.subarray(1, 17));
    }
  });

  test('leaves nothing behind when all is closed', () => {
    const { party } = bridged();

    party.bridges.close();
    party.bridges.close();

    expect(party.channels.size).toBe(0);
    expect(party.clock.pendingTimers).toBe(0);
  });
});

describe('who gets no leg', () => {
  test.each([
    ['a ticket that another server signed', (p: CarrierParty) => p.signed(p.ticket(), keyPair())],
    ['one for another carrier', (p: CarrierParty) => p.signed(p.ticket({ carrier: Buffer.alloc(32, 7) }))],
    ['one that is over', (p: CarrierParty) => p.signed(p.ticket({ notAfter: p.clock.wallNow() - 150_000 }))],
    ['one for ever', (p: CarrierParty) => p.signed(p.ticket({ notAfter: p.clock.wallNow() + 86_400_000 }))],
  ])('%s', (_, ticketOf) => {
    const party = new CarrierParty();

    expect(party.join(ticketOf(party), 'A', party.guest(ALICE))).toBeUndefined();
    expect(party.bridges.size).toBe(0);
  });

  test('a thief of a ticket, who has neither key', () => {
    const { party, ticket } = bridged();

    expect(party.join(ticket, 'A', party.guest('192.0.2.66'), { key: keyPair() })).toBeUndefined();
    expect(party.join(ticket, 'B', party.guest('192.0.2.66'), { key: party.sides.A })).toBeUndefined();
  });

  test('a copy of somebody’s request from elsewhere, and one that is kept for later', async () => {
    const party = new CarrierParty();
    const ticket = party.signed();
    const alice = party.guest(ALICE);
    const first = party.ask(writeJoin(party.random.bytes(12), { ticket }), alice);
    const nonce = (first && nonceOf(first)) ?? Buffer.alloc(0);
    const wanted = { side: 'A' as const, nonce, channel: 0x4000, leaves: false };
    const proof = provedJoin(ticket.subarray(1, 17), wanted, party.sides.A.secret);
    const request = writeJoin(party.random.bytes(12), { ticket, proof });

    const elsewhere = party.ask(request, party.guest('192.0.2.66'));
    await party.clock.run(3 * COOKIE_PERIOD_MS);
    const later = party.ask(request, alice);

    for (const answer of [elsewhere, later]) {
      expect(answer && findAttribute(answer, 'error-code')).toMatchObject({ code: 438 });
    }
    expect(party.bridges.size).toBe(0);
    expect(party.verified).toBe(0);
  });

  test.each([
    ['a leave', { leaves: true }],
    ['another channel', { channel: 0x4f00 }],
    ['the other side', { side: 'B' as const }],
  ])('somebody on the way who makes %s of a request', (_, changes) => {
    const { party, ticket, alice, a, bob, b } = bridged();
    const first = party.ask(writeJoin(party.random.bytes(12), { ticket }), alice);
    const nonce = (first && nonceOf(first)) ?? Buffer.alloc(0);
    const wanted = { side: 'A' as const, nonce, channel: 0x4aaa, leaves: false };
    const proof = { ...provedJoin(ticket.subarray(1, 17), wanted, party.sides.A.secret), ...changes };

    const answer = party.ask(writeJoin(party.random.bytes(12), { ticket, proof }), alice);
    party.frame(b.channel, Buffer.from('as before'), bob);

    expect(answer && findAttribute(answer, 'error-code')).toMatchObject({ code: 403 });
    expect(party.channels.has(a.channel)).toBe(true);
    expect(party.socket.to(alice).at(-1)?.toString('latin1')).toBe('\x4a\xaa\x00\x09as before');
  });

  test('anybody beyond what the carrier lends', () => {
    const party = new CarrierParty();
    party.limits = { bridges: 2, bridgesPerAddress: 2 };

    const legs = [0, 1, 2].map((index) => party.join(party.signed(), 'A', party.guest(`192.0.2.${index}`)));
    const others = [0, 1, 2].map(() => party.join(party.signed(), 'A', party.guest('192.0.2.0')));

    expect(legs.map((leg) => leg !== undefined)).toEqual([true, true, false]);
    expect(others.every((leg) => leg === undefined)).toBe(true);
    expect(party.bridges.size).toBe(2);
  });

  test('a machine with many addresses beyond what one may have, nor by moving there', () => {
    const party = new CarrierParty();
    party.limits = { bridges: 10, bridgesPerAddress: 2 };
    const inOneHouse = (host: number) => party.guest(`2001:db8:1:2::${host}`);
    const ticket = party.signed();

    const legs = [1, 2, 3].map((host) => party.join(party.signed(), 'A', inOneHouse(host)));
    const before = party.join(ticket, 'A', party.guest('2001:db8:1:3::1'));
    const moved = party.join(ticket, 'A', inOneHouse(4));
    const movedAtHome = party.join(ticket, 'A', party.guest('2001:db8:1:3::2'));

    expect(legs.map((leg) => leg !== undefined)).toEqual([true, true, false]);
    expect([before, moved, movedAtHome].map((leg) => leg !== undefined)).toEqual([true, false, true]);
  });

  test('anybody new once the carrier leaves; a late side of a bridge that stands comes in', () => {
    const party = new CarrierParty();
    const ticket = party.signed();
    party.join(ticket, 'A', party.guest(ALICE));

    party.bridges.sayGoodbye();

    expect(party.join(party.signed(), 'A', party.guest('192.0.2.3'))).toBeUndefined();
    expect(party.join(ticket, 'B', party.guest(BOB))?.state).toBe('whole');
  });

  test('an address that has not proved itself is sent less than it sent, whatever it sends', () => {
    const party = new CarrierParty();
    const ticket = party.signed();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.option(fc.uint8Array({ maxLength: 40 })),
        fc.boolean(),
        (id, nonce, isGoodTicket) => {
          const before = party.socket.sent.length;
          const datagram = writeJoin(Buffer.from(id), {
            ticket: isGoodTicket ? ticket : Buffer.alloc(ticket.length, id[0]),
            proof: nonce
              ? {
                  side: 'A',
                  nonce: Buffer.from(nonce),
                  signature: Buffer.alloc(64),
                  channel: 0x4000,
                  leaves: false,
                }
              : undefined,
          });
          party.ask(datagram, party.guest('192.0.2.99'));
          const answers = party.socket.sent.slice(before);
          expect(answers).toHaveLength(1);
          expect(answers[0]?.bytes.length).toBeLessThan(datagram.length);
        },
      ),
    );
    expect(party.bridges.size).toBe(0);
    expect(party.verified).toBe(0);
  });
});
