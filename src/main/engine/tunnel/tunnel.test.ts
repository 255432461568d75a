import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realOutside } from '../outside/real.ts';
import type { DatagramLink } from '../path/types.ts';
import {
  decodeStun,
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  type StunAttribute,
  verifyIntegrity,
} from '../stun/message.ts';
import {
  MAX_EARLY_DATAGRAMS,
  MAX_HANDSHAKE_COPIES,
  MAX_MEDIA_COPIES,
  MAX_WAITING_MEDIA,
} from './constants.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

/** What the media end was told of its other side. */
const TOLD = { ufrag: 'theirs', pwd: 'a password of theirs, long enough' };
const MEDIA = Buffer.from([0x80, 1, 2, 3]);
const STUN_OF_THE_PEER = Buffer.from([0, 1, 0, 0]);

class Link implements DatagramLink {
  readonly sent: Buffer[] = [];
  isOpen = true;
  isLossy = false;
  onDatagram: DatagramLink['onDatagram'] = null;
  send(datagram: Buffer): boolean {
    if (this.isOpen) this.sent.push(Buffer.from(datagram));
    return this.isOpen;
  }
  loses(): boolean {
    return this.isLossy;
  }
  /** A datagram from the peer, in the middle of a larger buffer as a frame has it. */
  arrive(datagram: Buffer): void {
    this.onDatagram?.(Buffer.concat([Buffer.alloc(4), datagram]), 4, datagram.length);
  }
}

interface CheckWishes {
  readonly username?: string;
  readonly pwd?: string;
  readonly nominates?: boolean;
  readonly role?: 'ice-controlling' | 'ice-controlled';
}

/** A check as a media end makes it. */
function check({
  username = `${TOLD.ufrag}:ours`,
  pwd = TOLD.pwd,
  nominates = false,
  role = 'ice-controlling',
}: CheckWishes = {}): Buffer {
  const attributes: StunAttribute[] = [
    { name: 'username', text: username },
    { name: 'priority', value: 1 },
    { name: role, tieBreaker: 1n },
  ];
  if (nominates) attributes.push({ name: 'use-candidate' });
  return encodeStun(
    {
      method: METHOD_BINDING,
      class: 'request',
      transactionId: realOutside.random.bytes(12),
      attributes,
    },
    { integrityKey: Buffer.from(pwd), fingerprint: true },
  );
}

/** One DTLS record: the sequence number is all that a retransmission changes. */
function dtls(text: string, sequenceNumber = 0): Buffer {
  const header = Buffer.from([22, 254, 253, 0, 0, 0, 0, 0, 0, 0, sequenceNumber, 0, text.length]);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** RFC 9147 §4: a protected record of DTLS 1.3. */
function protectedRecord(text: string, sequenceNumber: number): Buffer {
  return Buffer.concat([Buffer.from([0x2e, 0, sequenceNumber, 0, text.length]), Buffer.from(text)]);
}

let tunnel: Tunnel;
let link: Link;
/** What the tunnel told of the handshake while the link led nowhere. */
const flights: Buffer[][] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  flights.length = 0;
  tunnel = await openTunnel(realOutside, pino({ level: 'silent' }), (flight) => flights.push([...flight]));
  link = new Link();
  tunnel.attach(link);
  tunnel.expect(TOLD);
});
afterEach(() => {
  tunnel.close();
  tunnel.close();
  for (const socket of sockets.splice(0)) socket.close();
});

async function localSender(address = '127.0.0.1') {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.bind(0, address);
  await once(socket, 'listening');
  const received: Buffer[] = [];
  socket.on('message', (datagram) => received.push(datagram));
  return {
    port: socket.address().port,
    received,
    /** What came that is not an answer to a check. */
    carried: () => received.filter((datagram) => decodeStun(datagram) === null),
    send: (datagram: Buffer) => socket.send(datagram, tunnel.port, '127.0.0.1'),
  };
}

describe('the tunnel', () => {
  it('answers the checks of the media end itself, and carries none of them', async () => {
    const renderer = await localSender();
    const sent = check({ nominates: true });
    renderer.send(sent);
    await vi.waitFor(() => expect(renderer.received).toHaveLength(1));

    const [datagram] = renderer.received as [Buffer];
    const answer = decodeStun(datagram);
    expect(answer?.class).toBe('success');
    expect(answer?.transactionId).toEqual(decodeStun(sent)?.transactionId);
    expect(answer && findAttribute(answer, 'xor-mapped-address')).toMatchObject({
      address: '127.0.0.1',
      port: renderer.port,
    });
    expect(answer && findAttribute(answer, 'fingerprint')).toBeDefined();
    expect(verifyIntegrity(datagram, Buffer.from(TOLD.pwd))).toBe(true);
    expect(link.sent).toEqual([]);
    expect(tunnel.counters).toMatchObject({ checks: 1, fromLocal: 0 });
  });

  it('tells a media end that thinks itself controlled to take control', async () => {
    const renderer = await localSender();
    renderer.send(check({ role: 'ice-controlled' }));
    await vi.waitFor(() => expect(renderer.received).toHaveLength(1));
    const answer = decodeStun(renderer.received[0] ?? Buffer.alloc(0));
    expect(answer?.class).toBe('error');
    expect(answer && findAttribute(answer, 'error-code')?.code).toBe(487);
  });

  it('carries the datagrams of the media end, both ways', async () => {
    const renderer = await localSender();
    renderer.send(check());
    renderer.send(MEDIA);
    await vi.waitFor(() => expect(link.sent).toEqual([MEDIA]));
    link.arrive(Buffer.from('from the peer'));
    await vi.waitFor(() => expect(renderer.carried().map(String)).toEqual(['from the peer']));
    expect(tunnel.bound).toBe(true);
    expect(tunnel.counters).toMatchObject({ checks: 1, fromLocal: 1, toLocal: 1, strangers: 0 });
  });

  it('lets no STUN of the peer come to the media end', async () => {
    const renderer = await localSender();
    renderer.send(check());
    await vi.waitFor(() => expect(tunnel.bound).toBe(true));
    link.arrive(check());
    link.arrive(STUN_OF_THE_PEER);
    link.arrive(MEDIA);
    await vi.waitFor(() => expect(renderer.received.at(-1)).toEqual(MEDIA));
    expect(renderer.received).toHaveLength(2);
    expect(tunnel.counters.dropped).toBe(2);
  });

  it('listens to nobody else: not to other users of ICE, not to media without a check, not to garbage', async () => {
    const stranger = await localSender();
    stranger.send(check({ username: 'somebody:else' }));
    stranger.send(check({ pwd: 'a guess that is long enough' }));
    stranger.send(MEDIA);
    stranger.send(Buffer.alloc(0));
    stranger.send(Buffer.from([0, 1, 0]));
    await vi.waitFor(() => expect(tunnel.counters.strangers).toBe(5));
    const renderer = await localSender();
    renderer.send(check());
    await vi.waitFor(() => expect(tunnel.bound).toBe(true));
    stranger.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.strangers).toBe(6));
    link.arrive(MEDIA);
    await vi.waitFor(() => expect(renderer.carried()).toHaveLength(1));
    expect(link.sent).toHaveLength(0);
    expect(stranger.received).toHaveLength(0);
  });

  it('answers what checks first, and a media end that has loopback from then on there alone', async () => {
    const other = await localSender('127.0.0.2');
    const loopback = await localSender('127.0.0.1');
    other.send(check());
    await vi.waitFor(() => expect(other.received).toHaveLength(1));
    other.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(1));
    loopback.send(check());
    await vi.waitFor(() => expect(loopback.received).toHaveLength(1));
    for (let sent = 3; sent < 8; sent += 1) {
      other.send(check({ nominates: true }));
      await vi.waitFor(() => expect(tunnel.counters.checks).toBe(sent));
    }
    expect(other.received).toHaveLength(1);
    // Where its own datagrams come from it is still listened to, and heard, until it moves.
    link.arrive(MEDIA);
    await vi.waitFor(() => expect(other.carried()).toHaveLength(1));
    loopback.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(2));
    link.arrive(MEDIA);
    await vi.waitFor(() => expect(loopback.carried()).toHaveLength(1));
  });

  it('answers every sender of a media end without loopback, and gives the datagrams to the one that its own come from', async () => {
    const other = await localSender('127.0.0.2');
    const further = await localSender('127.0.0.3');
    await vi.waitFor(() => {
      other.send(check());
      expect(other.received.length).toBeGreaterThan(0);
    });
    link.arrive(Buffer.from([0x80, 1]));
    await vi.waitFor(() => expect(other.carried()).toHaveLength(1));
    // A nominated one before the first,
    further.send(check({ nominates: true }));
    await vi.waitFor(() => expect(further.received).toHaveLength(1));
    link.arrive(Buffer.from([0x80, 2]));
    await vi.waitFor(() => expect(further.carried()).toHaveLength(1));
    // and before all the one that sends, whatever is nominated later.
    other.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(1));
    further.send(check({ nominates: true }));
    await vi.waitFor(() => expect(further.received).toHaveLength(3));
    link.arrive(Buffer.from([0x80, 3]));
    await vi.waitFor(() => expect(other.carried()).toHaveLength(2));
    expect(further.carried()).toHaveLength(1);
    expect(tunnel.counters.strangers).toBe(0);
  });

  it('keeps the first datagrams of the peer until the media end shows itself', async () => {
    for (let index = 0; index < MAX_EARLY_DATAGRAMS + 3; index += 1) link.arrive(Buffer.from([20, index]));
    expect(tunnel.counters.dropped).toBe(3);
    const renderer = await localSender();
    renderer.send(check());
    await vi.waitFor(() => expect(renderer.carried()).toHaveLength(MAX_EARLY_DATAGRAMS));
    expect(renderer.carried()[0]).toEqual(Buffer.from([20, 0]));
    // The answer comes first: before it the media end has no way they could have come.
    expect(decodeStun(renderer.received[0] ?? Buffer.alloc(0))?.class).toBe('success');
  });

  it('keeps the first flight of the handshake until there is a path, each message once and in order', async () => {
    link.isOpen = false;
    const renderer = await localSender();
    renderer.send(check());
    for (const datagram of [dtls('hello', 0), dtls('more', 1), dtls('hello', 2)]) renderer.send(datagram);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(3));
    link.isOpen = true;
    tunnel.linkOpened();
    tunnel.linkOpened();
    await vi.waitFor(() => expect(link.sent).toHaveLength(4));
    // Each leaves once more, behind the next one.
    expect(link.sent).toEqual([dtls('hello', 2), dtls('more', 1), dtls('hello', 2), dtls('more', 1)]);
  });

  it('tells each message of the handshake once while there is no path, those written together at once, and none later', async () => {
    link.isOpen = false;
    const renderer = await localSender();
    renderer.send(check());
    const hello = dtls('hello', 0);
    for (const datagram of [hello, MEDIA, dtls('more', 1)]) renderer.send(datagram);
    await vi.waitFor(() => expect(flights.flat()).toEqual([hello, dtls('more', 1)]));
    renderer.send(dtls('hello', 7));
    renderer.send(protectedRecord('sealed', 1));
    await vi.waitFor(() => expect(flights.flat()).toHaveLength(3));
    // A protected record looks like another one when it is sent again.
    renderer.send(protectedRecord('dealt!', 2));
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(6));
    link.isOpen = true;
    tunnel.linkOpened();
    renderer.send(dtls('over the path', 9));
    await vi.waitFor(() => expect(link.sent.at(-1)).toEqual(dtls('over the path', 9)));
    expect(flights.flat()).toHaveLength(3);
  });

  it('keeps the first media of a handshake that was over before there was a path, behind what is left of that, and none later', async () => {
    link.isOpen = false;
    const renderer = await localSender();
    renderer.send(check());
    const media = (number: number) => Buffer.concat([MEDIA, Buffer.from([number])]);
    const sent = Array.from({ length: MAX_WAITING_MEDIA + 3 }, (_, index) => media(index));
    for (const datagram of [...sent, dtls('finished', 1)]) renderer.send(datagram);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(sent.length + 1));
    link.isOpen = true;
    tunnel.linkOpened();
    const kept = [dtls('finished', 1), ...sent.slice(0, MAX_WAITING_MEDIA)];
    expect(link.sent.filter((each) => !each.equals(kept[0] ?? each))).toEqual(kept.slice(1));
    expect(link.sent[0]).toEqual(kept[0]);

    link.isOpen = false;
    const before = link.sent.length;
    renderer.send(media(100));
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(sent.length + 2));
    link.isOpen = true;
    tunnel.linkOpened();
    expect(link.sent.slice(before).filter((each) => each.equals(media(100)))).toEqual([]);
  });

  it('keeps of a handshake that goes on by another road its last flight alone', async () => {
    link.isOpen = false;
    const renderer = await localSender();
    renderer.send(check());
    renderer.send(dtls('hello', 0));
    await vi.waitFor(() => expect(flights).toHaveLength(1));
    tunnel.hear(dtls('their flight'));
    await vi.waitFor(() => expect(renderer.carried()).toEqual([dtls('their flight')]));
    renderer.send(dtls('finished', 1));
    renderer.send(dtls('hello', 2));
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(3));
    link.isOpen = true;
    tunnel.linkOpened();
    expect(link.sent).toEqual([dtls('finished', 1)]);
    expect(flights.flat()).toEqual([dtls('hello', 0), dtls('finished', 1)]);
  });

  it('gives the media end what it hears of the handshake, once it is there, and nothing else', async () => {
    tunnel.hear(MEDIA);
    tunnel.hear(check());
    tunnel.hear(Buffer.alloc(0));
    tunnel.hear(dtls('hello'));
    // The same by the path.
    link.arrive(dtls('hello'));
    link.arrive(dtls('hello'));
    expect(tunnel.counters.dropped).toBe(3);
    const renderer = await localSender();
    renderer.send(check());
    await vi.waitFor(() => expect(renderer.carried()).toEqual([dtls('hello')]));
    expect(decodeStun(renderer.received[0] ?? Buffer.alloc(0))?.class).toBe('success');
    tunnel.hear(dtls('more'));
    await vi.waitFor(() => expect(renderer.carried()).toEqual([dtls('hello'), dtls('more')]));
    expect(tunnel.counters.dropped).toBe(3);
  });

  it('sends a handshake twice over a path, up to its bound, and media once', async () => {
    const renderer = await localSender();
    renderer.send(check());
    tunnel.linkOpened();
    const count = MAX_HANDSHAKE_COPIES + 4;
    for (let index = 0; index < count; index += 1) {
      renderer.send(dtls('message', index));
      renderer.send(MEDIA);
    }
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(2 * count));
    const sent = link.sent.filter((datagram) => datagram[0] === 22);
    expect(sent).toHaveLength(count + MAX_HANDSHAKE_COPIES);
    expect(link.sent).toHaveLength(sent.length + count);
  });

  it('sends the first media twice, up to its bound, over a path that loses, each copy behind the next datagram', async () => {
    link.isLossy = true;
    const renderer = await localSender();
    renderer.send(check());
    tunnel.linkOpened();
    const media = Array.from({ length: MAX_MEDIA_COPIES + 10 }, (_, index) => Buffer.from([0x80, index]));
    for (const datagram of media) renderer.send(datagram);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(media.length));
    const copied = link.sent.length - media.length;
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThanOrEqual(MAX_MEDIA_COPIES);
    for (const datagram of media.slice(0, copied)) {
      const places = link.sent.flatMap((sent, place) => (sent.equals(datagram) ? [place] : []));
      // The audit of nodes takes more than three places for out of order.
      expect((places[1] ?? 99) - (places[0] ?? 0)).toBeLessThanOrEqual(3);
    }
  });

  it('sends nothing twice that a path which opened long ago carries', async () => {
    const { clock } = realOutside;
    let ahead = 0;
    const later = { ...realOutside, clock: { ...clock, now: () => clock.now() + ahead } };
    tunnel.close();
    tunnel = await openTunnel(later, pino({ level: 'silent' }));
    link.isLossy = true;
    tunnel.attach(link);
    tunnel.expect(TOLD);
    const renderer = await localSender();
    renderer.send(check());
    tunnel.linkOpened();
    ahead = 1_001;
    tunnel.linkOpened();
    renderer.send(MEDIA);
    renderer.send(MEDIA);
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(2));
    expect(link.sent).toEqual([MEDIA, MEDIA]);
  });

  it('keeps no more of a handshake than its bound', async () => {
    link.isOpen = false;
    const renderer = await localSender();
    renderer.send(check());
    for (let index = 0; index < MAX_EARLY_DATAGRAMS + 5; index += 1) renderer.send(dtls(`message ${index}`));
    await vi.waitFor(() => expect(tunnel.counters.fromLocal).toBe(MAX_EARLY_DATAGRAMS + 5));
    link.isOpen = true;
    tunnel.linkOpened();
    const each = new Set(link.sent.map(String));
    expect(each.size).toBe(MAX_EARLY_DATAGRAMS);
    expect(flights.flat()).toHaveLength(MAX_EARLY_DATAGRAMS);
  });

  it('survives whatever any program on this machine sends to its port, and answers none of it', async () => {
    const stranger = await localSender();
    const bytes = fc.sample(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each)),
        // Well-formed checks that were changed somewhere before FINGERPRINT (8 bytes), or cut.
        fc.tuple(fc.nat(90), fc.integer({ min: 1, max: 255 })).map(([at, change]) => {
          const changed = check();
          const index = at % (changed.length - 8);
          changed[index] = (changed[index] ?? 0) ^ change;
          return changed;
        }),
        fc.integer({ min: 1, max: 60 }).map((length) => check().subarray(0, -length)),
      ),
      { numRuns: 300, seed: 4711 },
    );
    for (const datagram of bytes) stranger.send(datagram);
    const renderer = await localSender();
    renderer.send(check());
    await vi.waitFor(() => expect(renderer.received).toHaveLength(1));
    expect(stranger.received).toHaveLength(0);
    expect(link.sent).toHaveLength(0);
  });

  it('is silent after it was closed', async () => {
    const renderer = await localSender();
    renderer.send(check());
    await vi.waitFor(() => expect(tunnel.bound).toBe(true));
    tunnel.close();
    expect(link.onDatagram).toBeNull();
    expect(tunnel.port).toBe(0);
  });
});
