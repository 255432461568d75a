import { describe, expect, test } from 'vitest';
import type { DatagramSocket } from '../outside/index.ts';
import { CarrierParty } from '../sfu/testing/party.ts';
import type { Side } from '../sfu/ticket.ts';
import { decodeStun } from '../stun/message.ts';
import { Transactions } from '../stun/transactions.ts';
import { LegFrames } from './frames.ts';
import { Leg } from './leg.ts';

const CARRIER = { address: '198.51.100.1', port: 7_000 };

/** One caller's leg to the party's carrier: what it sends arrives there, and what is sent to it arrives here, unless `cut`. */
function caller(
  party: CarrierParty,
  side: Side,
  ticket: Buffer,
  address: string,
  { isGreeted = false, cut = false } = {},
) {
  const transactions = new Transactions(party.clock);
  const received: Buffer[] = [];
  const states: string[] = [];
  const link = { cut, address, port: 5_000 };
  const base: DatagramSocket = {
    family: 'IPv4',
    port: link.port,
    close: () => undefined,
    send: (bytes, offset, length) => {
      if (link.cut) return;
      const datagram = Buffer.from(bytes.subarray(offset, offset + length));
      const { address: from, port } = link;
      if ((datagram[0] ?? 0) >= 64) {
        const owner = party.channels.get(datagram.readUInt16BE(0));
        if (owner) party.bridges.forward(owner, datagram, guestSocket, from, port);
        return;
      }
      const message = decodeStun(datagram);
      if (message) party.bridges.receive(message, { socket: guestSocket, address: from, port });
    },
  };
  const guestSocket: DatagramSocket = {
    family: 'IPv4',
    port: CARRIER.port,
    close: () => undefined,
    send: (bytes, offset, length) => {
      const datagram = Buffer.from(bytes.subarray(offset, offset + length));
      if (!link.cut) party.clock.setTimer(() => arrive(datagram), 20);
    },
  };
  const arrive = (datagram: Buffer): void => {
    if ((datagram[0] ?? 0) >= 64) {
      leg.receiveFrame(datagram, base, CARRIER.address, CARRIER.port);
      return;
    }
    const message = decodeStun(datagram);
    const source = { socket: base, ...CARRIER };
    if (message?.class === 'indication') leg.receiveIndication(message, source);
    else if (message) transactions.receive(message, datagram, source);
  };
  const leg: Leg = new Leg({
    through: 'relay',
    carrier: CARRIER,
    base,
    isGreeted,
    ticket,
    side,
    key: party.sides[side].secret,
    channel: side === 'A' ? 0x4a00 : 0x4b00,
    random: party.random,
    transactions,
    frames: new LegFrames(),
    onDatagram: (_leg, datagram) => received.push(Buffer.from(datagram)),
    onState: ({ state }) => states.push(state),
  });
  leg.join();
  const greet = () => party.bridges.greet({ socket: guestSocket, address: link.address, port: link.port });
  return { leg, link, received, states, transactions, greet };
}

function pair() {
  const party = new CarrierParty();
  const ticket = party.signed();
  const a = caller(party, 'A', ticket, '192.0.2.1');
  const b = caller(party, 'B', ticket, '192.0.2.2');
  return { party, ticket, a, b };
}

function send(leg: Leg, text: string): void {
  leg.send(Buffer.from(`..${text}`), 2, text.length, 1, 'ignored');
}

describe('a leg', () => {
  test('is joined after two round trips, and carries both ways from then on', async () => {
    const { party, a, b } = pair();
    send(a.leg, 'too early');

    await party.clock.run(100);
    send(a.leg, 'from A');
    send(b.leg, 'from B');
    await party.clock.run(100);

    expect([a.states, b.states]).toEqual([['joined'], ['joined']]);
    expect(a.received.map(String)).toEqual(['from B']);
    expect(b.received.map(String)).toEqual(['from A']);
  });

  test.each([
    [true, 'joined'],
    [false, 'joining'],
  ])('takes a greeting for a nonce on a connection of its own alone (%s)', async (isGreeted, state) => {
    const party = new CarrierParty();
    const a = caller(party, 'A', party.signed(), '192.0.2.1', { isGreeted, cut: true });
    // The first question is lost.
    await party.clock.run(30);
    a.link.cut = false;

    a.greet();
    // To the greeting, and from the question that follows it to its answer: 20 ms each.
    await party.clock.run(45);

    expect(a.leg.state).toBe(state);
  });

  test('fails when the carrier is silent, refuses, or has no room', async () => {
    const party = new CarrierParty();
    const silent = caller(party, 'A', party.signed(), '192.0.2.1');
    silent.link.cut = true;
    const refused = caller(
      party,
      'A',
      party.signed(party.ticket({ carrier: Buffer.alloc(32) })),
      '192.0.2.2',
    );
    await party.clock.run(100);
    party.limits = { bridges: 0, bridgesPerAddress: 1 };
    const full = caller(party, 'A', party.signed(), '192.0.2.3');
    const garbage = caller(party, 'A', Buffer.alloc(187), '192.0.2.4');

    await party.clock.run(5_000);

    expect([silent, refused, full, garbage].map(({ leg }) => [leg.state, leg.failure])).toEqual([
      ['failed', 'no-answer'],
      ['failed', 'refused'],
      ['failed', 'full'],
      ['failed', 'refused'],
    ]);
    expect(silent.transactions.size).toBe(0);
  });

  test('goes on from a new address once it has shown it', async () => {
    const { party, a, b } = pair();
    await party.clock.run(100);

    a.link.port = 6_000;
    a.leg.rejoin();
    await party.clock.run(200);
    send(b.leg, 'found you');
    send(a.leg, 'I moved');
    await party.clock.run(100);

    expect(a.received.map(String)).toEqual(['found you']);
    expect(b.received.map(String)).toEqual(['I moved']);
  });

  test('knows the carrier’s goodbye, and nobody else’s', async () => {
    const { party, a, b } = pair();
    const other = caller(party, 'A', party.signed(), '192.0.2.9');
    await party.clock.run(100);

    party.bridges.sayGoodbye();
    await party.clock.run(100);

    expect([a, b, other].map(({ leg }) => leg.state)).toEqual(['leaving', 'leaving', 'leaving']);
    const stray = decodeStun(Buffer.alloc(0));
    expect(stray).toBeNull();
  });

  test('tells the carrier when it is given up, and leaves no timer', async () => {
    const { party, a, b } = pair();
    await party.clock.run(100);

    a.leg.close();
    b.leg.close();
    b.leg.close();
    await party.clock.run(10);

    expect(party.bridges.size).toBe(0);
    party.bridges.close();
    await party.clock.run(100);
    expect(party.clock.pendingTimers).toBe(0);
  });
});
