import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dtlsRecord, MediaSocket } from '../../../../test/support/media-socket.ts';
import {
  befriendRaw,
  inviteSignal,
  newCallId,
  pathToNowhere,
  RawPeer,
} from '../../../../test/support/raw-peer.ts';
import { sessionDescription } from '../../../../test/support/session-description.ts';
import { type TestUser, TestWorld, until } from '../../../../test/support/users.ts';
import { Signal } from '../../../shared/signal.ts';
import { MAX_EARLY_FLIGHTS, MAX_FLIGHT_DATAGRAMS_TOLD, MAX_FLIGHTS_TOLD } from './constants.ts';
import { Flights } from './flights.ts';

const base64 = (text: string) => dtlsRecord(text).toString('base64');

describe('the handshake of a line that no path carries', () => {
  let world: TestWorld;
  let alice: TestUser;
  let raw: RawPeer;
  const sockets: MediaSocket[] = [];

  beforeEach(async () => {
    world = await new TestWorld().open();
    alice = await world.user('Alice');
    raw = await new RawPeer(world.url).open();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.close();
    await raw.close();
    await world.close();
  });

  async function mediaOf(user: TestUser): Promise<MediaSocket> {
    await until(() => user.call()?.endpoint?.remote !== undefined);
    const endpoint = user.call()?.endpoint;
    if (!endpoint) throw new Error('no endpoint');
    const media = await MediaSocket.open(endpoint);
    sockets.push(media);
    return media;
  }

  /** The raw peer said something more, and all before it was handled. */
  async function caughtUp(callId: string): Promise<void> {
    const muted = { microphone: false, camera: alice.call()?.peerMedia.camera !== true };
    await raw.say(alice.id, { type: 'media-state', callId, state: muted });
    await until(() => alice.call()?.peerMedia.camera === muted.camera);
  }

  it('goes to a contact that calls while it rings, and what they say comes to the media end', async () => {
    await befriendRaw(alice, raw);
    const callId = newCallId();
    const invite = inviteSignal(callId);
    await raw.say(alice.id, invite);
    const media = await mediaOf(alice);
    media.write(dtlsRecord('hello'));
    media.write(Buffer.from([0x80, 1, 2, 3]));

    const { signal } = await raw.next('flight');
    const ringing = await raw.next('ringing');
    expect(signal).toEqual({
      type: 'flight',
      callId,
      ufrag: ringing.signal.path?.ufrag,
      datagrams: [base64('hello')],
    });
    expect(alice.call()?.path.state).toBe('searching');
    await raw.say(alice.id, {
      type: 'flight',
      callId,
      ufrag: invite.path.ufrag,
      datagrams: [base64('their hello'), base64('their certificate')],
    });
    await until(() => media.received.length === 2);
    expect(media.received).toEqual([dtlsRecord('their hello'), dtlsRecord('their certificate')]);
    expect(raw.said('flight')).toBe(1);
  });

  it('goes to anybody else only after the answer', async () => {
    const callId = newCallId();
    const invite = inviteSignal(callId);
    await raw.say(alice.id, invite);
    await until(() => alice.call()?.id === callId);
    await raw.say(alice.id, { type: 'flight', callId, ufrag: invite.path.ufrag, datagrams: [base64('x')] });
    expect(alice.call()?.endpoint).toBeUndefined();
    alice.engine.calls.answer(callId, 'audio');
    const media = await mediaOf(alice);
    media.write(dtlsRecord('hello'));
    await raw.next('flight');
    const order = raw.heard.map(({ signal }) => signal.type).filter((type) => type !== 'candidates');
    expect(order.indexOf('flight')).toBeGreaterThan(order.indexOf('answer'));
  });

  it('comes from the machine that the line is with alone, for this line alone, and is DTLS', async () => {
    await befriendRaw(alice, raw);
    const second = await raw.secondMachine();
    const callId = alice.engine.calls.place(raw.id, 'audio');
    await raw.next('invite');
    const path = pathToNowhere();
    // It overtakes what says whom the line is with; so does one of a machine that the line is not with in the end.
    const { ufrag } = path;
    await second.say(alice.id, { type: 'flight', callId, ufrag, datagrams: [base64('second, early')] });
    await raw.say(alice.id, { type: 'flight', callId, ufrag, datagrams: [base64('early')] });
    await raw.say(alice.id, { type: 'ringing', callId, path });
    const description = { type: 'answer' as const, sdp: sessionDescription('answer') };
    await raw.say(alice.id, { type: 'prepare', callId, path, description });
    const media = await mediaOf(alice);
    await until(() => media.received.length === 1);
    await second.say(alice.id, { type: 'flight', callId, ufrag, datagrams: [base64('second')] });
    await raw.say(alice.id, { type: 'flight', callId, ufrag: 'other', datagrams: [base64('other line')] });
    const garbage = [Buffer.from([0x80, 1, 2]), Buffer.from([0, 1, 0, 0]), Buffer.from([64, 1])];
    const datagrams = garbage.map((datagram) => datagram.toString('base64'));
    await raw.say(alice.id, { type: 'flight', callId, ufrag, datagrams });
    await raw.say(alice.id, { type: 'flight', callId, ufrag, datagrams: [base64('last')] });
    await until(() => media.received.length >= 2);
    await caughtUp(callId);
    expect(media.received).toEqual([dtlsRecord('early'), dtlsRecord('last')]);
    await second.close();
  });

  it('comes in a bounded number of datagrams, and neither more nor larger ones at once', async () => {
    await befriendRaw(alice, raw);
    const callId = newCallId();
    const invite = inviteSignal(callId);
    await raw.say(alice.id, invite);
    const media = await mediaOf(alice);
    for (let count = 0; count < MAX_FLIGHT_DATAGRAMS_TOLD + 5; count += 1) {
      const datagrams = [base64(`message ${count}`)];
      await raw.say(alice.id, { type: 'flight', callId, ufrag: invite.path.ufrag, datagrams });
    }
    await until(() => media.received.length === MAX_FLIGHT_DATAGRAMS_TOLD);
    await caughtUp(callId);
    expect(media.received).toHaveLength(MAX_FLIGHT_DATAGRAMS_TOLD);

    const flight = { type: 'flight', callId, ufrag: 'abcd' };
    const fits = Buffer.alloc(1_500).toString('base64');
    expect(Signal.safeParse({ ...flight, datagrams: Array(8).fill(fits) }).success).toBe(true);
    for (const datagrams of [[], Array(9).fill(fits), [`${fits}AAAA`], ['not base64!'], [7]]) {
      expect(Signal.safeParse({ ...flight, datagrams }).success).toBe(false);
    }
  });
});

describe('flights in any order', () => {
  it('are told only where they may be, once and within bounds, and heard from the other side alone', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('say' as const), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({
        do: fc.constant('come' as const),
        from: fc.constantFrom('theirs', 'another'),
        ufrag: fc.constantFrom('right', 'wrong'),
      }),
      fc.record({ do: fc.constantFrom('connect' as const, 'announce' as const, 'open' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let connected = false;
        let announced = false;
        let opened = false;
        let said = 0;
        const told: string[] = [];
        let envelopes = 0;
        let heard = 0;
        const flights = new Flights({
          mayTell: () => connected && announced,
          isFrom: (device, ufrag) => (connected ? device === 'theirs' && ufrag === 'right' : undefined),
          tell: (datagrams) => {
            expect(connected && announced && !opened).toBe(true);
            envelopes += 1;
            told.push(...datagrams);
          },
          hear: (datagram) => {
            expect(connected && datagram.toString()).toBe('theirs right');
            heard += 1;
          },
        });
        for (const each of steps) {
          if (each.do === 'connect') connected = true;
          if (each.do === 'announce') announced = true;
          if (each.do === 'connect' || each.do === 'announce') flights.lookAgain();
          if (each.do === 'open') {
            flights.pathOpened();
            opened = true;
          }
          if (each.do === 'say') {
            flights.said(Array.from({ length: each.count }, () => Buffer.from(String(said++))));
          }
          if (each.do === 'come') {
            const datagram = Buffer.from(`${each.from} ${each.ufrag}`).toString('base64');
            flights.came(each.from, { ufrag: each.ufrag, datagrams: [datagram] });
          }
        }
        expect(new Set(told).size).toBe(told.length);
        expect(told.length).toBeLessThanOrEqual(MAX_FLIGHT_DATAGRAMS_TOLD);
        expect(envelopes).toBeLessThanOrEqual(MAX_FLIGHTS_TOLD);
        expect(heard).toBeLessThanOrEqual(MAX_FLIGHT_DATAGRAMS_TOLD);
      }),
    );
  });

  it('of whom nobody knows are kept a few', () => {
    let connected = false;
    const heard: string[] = [];
    const flights = new Flights({
      mayTell: () => false,
      isFrom: () => (connected ? true : undefined),
      tell: () => undefined,
      hear: (datagram) => heard.push(datagram.toString()),
    });
    for (let count = 0; count < MAX_EARLY_FLIGHTS + 3; count += 1) {
      flights.came('theirs', { ufrag: 'right', datagrams: [Buffer.from(String(count)).toString('base64')] });
    }
    connected = true;
    flights.lookAgain();
    expect(heard).toEqual(Array.from({ length: MAX_EARLY_FLIGHTS }, (_, count) => String(count)));
  });
});
