/** How paths behave in time: in a simulated world, where a minute takes no time and every loss is meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStun, encodeStun, findAttribute } from '../stun/message.ts';
import { CONSENT_EXPIRY_MS, MAX_UNANSWERED_CHECKS, SILENT_MS } from './constants.ts';
import { call, openCall, openTwoWayCall, remoteOf, side, state, talk } from './testing/sides.ts';
import { SimulatedWorld } from './testing/world.ts';

describe('opening a path', () => {
  it('takes one round trip on the controlling side', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await call(world);
    await world.clock.until(() => state(a) === 'open' && state(b) === 'open', 60);
    // A check that was sent twice leaves its round trip open; it is measured again.
    await world.clock.run(200);
    expect(a.session.report().active?.rttMs).toBeCloseTo(40, 0);
    expect(b.session.report().active?.rttMs).toBeCloseTo(40, 0);
  });

  it('survives the loss of the first checks of both sides', async () => {
    const world = new SimulatedWorld();
    let first = 3;
    world.dropped = () => first-- > 0;
    const [a, b] = await call(world);
    await world.clock.until(() => state(a) === 'open' && state(b) === 'open', 300);
  });

  it('agrees on one pair, whatever is lost and however late things come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 40 }),
        async (seed, aCount, bCount, lossPercent) => {
          const world = new SimulatedWorld();
          let randomState = seed + 1;
          const chance = () => {
            randomState = (Math.imul(randomState, 1_103_515_245) + 12_345) & 0x7fffffff;
            return randomState / 0x7fffffff;
          };
          world.dropped = () => chance() * 100 < lossPercent;
          world.delayMs = () => 5 + chance() * 90;
          const addresses = (site: number, count: number) =>
            Array.from({ length: count }, (_, index) => `192.0.${site}.${index + 1}`);
          const [a, b] = await openCall(world, addresses(2, aCount), addresses(3, bCount), String(seed));
          world.dropped = () => false;
          await talk(world, [a, b], 8_000);
          // Each side sends from its first address alone here, so what it sends from is what the other side must send to.
          expect(remoteOf(a)).toBe(`192.0.3.1:${b.service.networkState().sockets[0]?.port}`);
          expect(remoteOf(b)).toBe(`192.0.2.1:${a.service.networkState().sockets[0]?.port}`);
          expect([state(a), state(b)]).toEqual(['open', 'open']);
          await Promise.all([a.service.close(), b.service.close()]);
          expect(world.clock.pendingTimers).toBeLessThanOrEqual(20);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reaches a side behind a NAT that lets in only whom it wrote to', async () => {
    const world = new SimulatedWorld();
    const opened = new Set<string>();
    world.dropped = ({ from, fromPort, to, toPort }) => {
      opened.add(`${from}:${fromPort}>${to}:${toPort}`);
      return !opened.has(`${to}:${toPort}>${from}:${fromPort}`);
    };
    const [a, b] = await call(world);
    await world.clock.until(() => state(a) === 'open' && state(b) === 'open', 400);
  });

  it('gives up on an address that never answers, after a fixed number of checks', async () => {
    const world = new SimulatedWorld();
    const a = await side(world, ['192.0.2.1'], 'controlling');
    const b = await side(world, ['192.0.2.2'], 'controlled');
    const victim = { type: 'host' as const, address: '203.0.113.9', port: 53, priority: 1 };
    a.session.connect({ ...b.session.local, candidates: [victim] });
    await world.clock.run(300_000);
    expect(world.sent.filter(({ to }) => to === victim.address)).toHaveLength(MAX_UNANSWERED_CHECKS);
    expect(a.session.report().attempts[0]).toMatchObject({ outcome: 'failed', reason: 'no-ack' });
    expect(state(a)).toBe('searching');
  });

  it('sends nothing to addresses that are no machine of another site', async () => {
    const world = new SimulatedWorld();
    const a = await side(world, ['192.0.2.1'], 'controlling');
    const b = await side(world, ['192.0.2.2'], 'controlled');
    const bad = ['127.0.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', 'fe80::1', '::ffff:10.0.0.1'];
    a.session.connect({
      ...b.session.local,
      candidates: bad.map((address) => ({ type: 'host', address, port: 9, priority: 1 })),
    });
    await world.clock.run(1_000);
    expect(world.sent).toEqual([]);
  });
});

describe('the attempts of a session', () => {
  it('say what became of each pair', async () => {
    const world = new SimulatedWorld();
    const a = await side(world, ['192.0.2.1'], 'controlling');
    const b = await side(world, ['192.0.2.2'], 'controlled');
    const dead = { type: 'srflx' as const, address: '203.0.113.9', port: 9, priority: 5 };
    a.session.connect({ ...b.session.local, candidates: [...b.session.local.candidates, dead] });
    b.session.connect(a.session.local);
    await world.clock.until(() => state(a) === 'open');
    await world.clock.run(5_000);
    expect(a.session.report().attempts).toMatchObject([
      { outcome: 'succeeded', remote: { address: '192.0.2.2', type: 'host' }, kind: 'direct' },
      { outcome: 'abandoned', reason: 'superseded', remote: { address: '203.0.113.9', type: 'srflx' } },
    ]);
    a.session.close();
    expect(a.session.report().state).toBe('closed');
  });

  it('say that a call ended, and that the system would not send', async () => {
    const world = new SimulatedWorld();
    const a = await side(world, ['192.0.2.1'], 'controlling');
    const b = await side(world, ['192.0.2.2'], 'controlled');
    world.dropped = () => true;
    b.session.connect(a.session.local);
    await world.clock.run(100);
    b.session.close();
    expect(b.session.report().attempts[0]).toMatchObject({ outcome: 'abandoned', reason: 'call-ended' });
    a.host.addresses = [];
    a.session.connect(b.session.local);
    await world.clock.run(100);
    expect(a.session.report().attempts[0]).toMatchObject({ outcome: 'failed', reason: 'unsendable' });
  });
});

describe('a path that goes quiet', () => {
  it('is called silent, then back', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await talk(world, [a, b], 5_000);
    world.dropped = () => true;
    await world.clock.until(() => state(a) === 'silent' && state(b) === 'silent', SILENT_MS + 500);
    world.dropped = () => false;
    await world.clock.until(() => state(a) === 'open' && state(b) === 'open', 600);
    expect(a.timeline).toEqual(['first-check', 'path-open', 'path-silent', 'path-back']);
  });

  it('is lost when consent has expired, sends no datagram any more, and may still come back', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    world.dropped = () => true;
    await world.clock.run(CONSENT_EXPIRY_MS + 500);
    expect(state(a)).toBe('lost');
    expect(a.session.report().active).toBeUndefined();
    expect(a.session.sendControl(Buffer.from('x'))).toBe(false);
    world.dropped = () => false;
    await world.clock.until(() => state(a) === 'open' && state(b) === 'open', 8_000);
    expect(a.states).toEqual(['searching', 'open', 'silent', 'lost', 'open']);
    expect(a.timeline.slice(2)).toEqual(['path-silent', 'path-lost', 'path-back']);
  });

  it('stays open with no media at all, at few packets', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await world.clock.run(1_000);
    const before = world.sent.length;
    await world.clock.run(60_000);
    expect([state(a), state(b)]).toEqual(['open', 'open']);
    expect(a.states).toEqual(['searching', 'open']);
    // Both sides together; each probe is a check and an ack.
    expect((world.sent.length - before) / 60).toBeLessThan(12);
  });

  it('costs almost no checks while media flows', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await talk(world, [a, b], 4_000);
    const before = world.sent.length;
    await talk(world, [a, b], 20_000);
    const checks = world.sent.slice(before).filter(({ bytes }) => (bytes[0] ?? 0) < 4).length;
    expect(checks).toBeLessThan(24);
    expect(a.received.length).toBeGreaterThan(1_150);
  });

  it('makes no checks faster than one a probe period to a peer that is gone', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await b.service.close();
    const before = world.sent.length;
    await world.clock.run(25_000);
    expect(world.sent.length - before).toBeLessThan(70);
    await world.clock.run(600_000);
    const spent = world.sent.length;
    await world.clock.run(600_000);
    expect(world.sent.length).toBe(spent);
    expect(state(a)).toBe('lost');
  });
});

describe('a path whose addresses change', () => {
  it.each(['controlling', 'controlled'] as const)('follows the %s side to its new address', async (who) => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await talk(world, [a, b], 5_000);
    const [mover, other] = who === 'controlling' ? [a, b] : [b, a];
    const trickled: string[] = [];
    mover.session.on('candidates', (candidates) => {
      trickled.push(...candidates.map(({ address }) => address));
    });
    mover.host.addresses = ['198.51.100.5'];
    const before = [a.received.length, b.received.length];
    await talk(world, [a, b], 1_600);
    expect(trickled).toEqual(['198.51.100.5']);
    expect([state(a), state(b)]).toEqual(['open', 'open']);
    expect(remoteOf(other)).toMatch(/^198\.51\.100\.5:/);
    // At most about a second of 50 packets a second is missing each way.
    expect(a.received.length - (before[0] ?? 0)).toBeGreaterThan(20);
    expect(b.received.length - (before[1] ?? 0)).toBeGreaterThan(20);
    expect(a.timeline).not.toContain('path-silent');
  });

  it.each(['controlling', 'controlled'] as const)(
    'follows the %s side although the way is long, and checks of before are under way',
    async (who) => {
      const world = new SimulatedWorld();
      world.delayMs = () => 150;
      const [a, b] = await openCall(world);
      await talk(world, [a, b], 6_000);
      const [mover, other] = who === 'controlling' ? [a, b] : [b, a];
      // The last check from the old address arrives, and its ack does not.
      const [old = ''] = mover.host.addresses;
      world.dropped = ({ to }) => to === old;
      await talk(world, [mover], 500);
      mover.host.addresses = ['198.51.100.5'];
      await talk(world, [a, b], 3_500);
      expect([state(a), state(b)]).toEqual(['open', 'open']);
      expect(remoteOf(other)).toMatch(/^198\.51\.100\.5:/);
    },
  );

  it('follows a side whose NAT gives it another port, which it cannot see', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await talk(world, [a, b], 5_000);
    // A check from the old port arrives, and its ack does not: sent again from the new one, it would look like a replay.
    world.dropped = ({ to }) => to === '192.0.2.1';
    await talk(world, [a], 500);
    world.dropped = () => false;
    const transmit = world.transmit.bind(world);
    const port = a.service.networkState().sockets[0]?.port;
    world.transmit = (datagram) => {
      if (datagram.toPort === port && datagram.to === '192.0.2.1') return;
      if (datagram.from === '192.0.2.1') transmit({ ...datagram, fromPort: 1_024 });
      else transmit(datagram.toPort === 1_024 ? { ...datagram, toPort: port ?? 0 } : datagram);
    };
    await talk(world, [a, b], 3_000);
    expect([state(a), state(b)]).toEqual(['open', 'open']);
    expect(remoteOf(b)).toBe('192.0.2.1:1024');
  });

  it('goes silent when all addresses vanish, and comes back with a new one', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await talk(world, [a, b], 5_000);
    a.host.addresses = [];
    expect(a.service.hasNetwork()).toBe(false);
    await talk(world, [a, b], 4_000);
    expect([state(a), state(b)]).toEqual(['silent', 'silent']);
    a.host.addresses = ['198.51.100.5'];
    await talk(world, [a, b], 4_000);
    expect([state(a), state(b)]).toEqual(['open', 'open']);
    expect(remoteOf(b)).toMatch(/^198\.51\.100\.5:/);
  });

  it('moves within about a second to another pair when its own dies', async () => {
    const world = new SimulatedWorld();
    // A has two ways out: what it sends to B's second address leaves from its second one.
    const [a, b] = await openTwoWayCall(world);
    await talk(world, [a, b], 5_000);
    const died = remoteOf(a)?.split(':')[0];
    world.dropped = ({ from, to }) => from === died || to === died;
    const before = b.received.length;
    await talk(world, [a, b], 2_000);
    expect(remoteOf(a)).not.toContain(`${died}:`);
    expect([state(a), state(b)]).toEqual(['open', 'open']);
    expect(b.received.length - before).toBeGreaterThan(35);
    expect(a.timeline).toContain('path-changed');
    expect(a.timeline).not.toContain('path-silent');
  });
});

describe('a path and third parties', () => {
  it('makes nothing of a check that is sent again from another address', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    await world.clock.run(5_000);
    const port = b.service.networkState().sockets[0]?.port ?? 0;
    const checks = world.sent.filter(({ to, bytes }) => to === '192.0.2.2' && isRequest(bytes));
    const attempts = b.session.report().attempts.length;
    const before = world.sent.length;
    for (const check of checks)
      world.deliver({ ...check, from: '203.0.113.66', fromPort: 6_666, toPort: port });
    await world.clock.run(1_000);
    expect(b.session.report().attempts).toHaveLength(attempts);
    expect(world.sent.slice(before).filter(({ to }) => to === '203.0.113.66')).toEqual([]);
    expect(state(a)).toBe('open');
  });

  it('answers no check with wrong integrity, of an unknown user, or without one', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    const port = b.service.networkState().sockets[0]?.port ?? 0;
    const username = `${b.session.local.ufrag}:${a.session.local.ufrag}`;
    const forge = (text: string, key: string) =>
      encodeStun(
        {
          method: 1,
          class: 'request',
          transactionId: Buffer.alloc(12, 7),
          attributes: [
            { name: 'username', text },
            { name: 'priority', value: 1 },
            { name: 'ice-controlling', tieBreaker: 1n },
            { name: 'use-candidate' },
            { name: 'nomination', value: 0xffffffff },
          ],
        },
        { integrityKey: Buffer.from(key), fingerprint: true },
      );
    const forged = [
      forge(username, 'guess'),
      forge(username, a.session.local.pwd),
      forge('nobody:knows', b.session.local.pwd),
      forge(`${b.session.local.ufrag}:other`, b.session.local.pwd),
      forge('', b.session.local.pwd),
    ];
    for (const bytes of forged) {
      for (const from of ['203.0.113.66', '192.0.2.1']) {
        world.deliver({ bytes, from, fromPort: 6_666, to: '192.0.2.2', toPort: port });
      }
    }
    const before = world.sent.length;
    await world.clock.run(1);
    expect(world.sent.slice(before).filter(({ toPort }) => toPort === 6_666)).toEqual([]);
    expect(b.session.report().attempts).toHaveLength(1);
  });

  it('takes datagrams only from addresses that proved themselves', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world);
    const toPort = b.service.networkState().sockets[0]?.port ?? 0;
    const frame = Buffer.from([0, 0, 0, 2, 0x68, 0x69]);
    frame.writeUInt16BE(b.session.local.channels.media, 0);
    const deliver = (bytes: Buffer, from: string, fromPort: number) =>
      world.deliver({ bytes, from, fromPort, to: '192.0.2.2', toPort });
    const [, port] = (remoteOf(b) ?? '').split(':');
    // An address that the other side named, and that never answered.
    const named = { type: 'host' as const, address: '203.0.113.66', port: 99, priority: 1 };
    b.session.addRemoteCandidates(a.session.local.ufrag, [named]);
    deliver(frame, '203.0.113.66', 99);
    deliver(frame, '203.0.113.66', Number(port));
    deliver(frame, '192.0.2.1', Number(port) + 1);
    expect(b.received).toEqual([]);
    deliver(frame, '192.0.2.1', Number(port));
    expect(b.received).toEqual(['hi']);
    frame.writeUInt16BE(3, 2);
    deliver(frame, '192.0.2.1', Number(port));
    expect(b.received).toEqual(['hi']);
    expect(state(a)).toBe('open');
  });

  it('believes an ack only from the address that was asked, and only an authentic one', async () => {
    const world = new SimulatedWorld();
    const a = await side(world, ['192.0.2.1'], 'controlling');
    const b = await side(world, ['192.0.2.2'], 'controlled');
    a.session.connect(b.session.local);
    await world.clock.run(1);
    const [check] = world.sent;
    const request = check && decodeStun(check.bytes);
    if (!check || !request) throw new Error('no check was sent');
    const ack = (key: string) =>
      encodeStun(
        {
          method: 1,
          class: 'success',
          transactionId: request.transactionId,
          attributes: [{ name: 'xor-mapped-address', address: '192.0.2.1', port: check.fromPort }],
        },
        { integrityKey: Buffer.from(key), fingerprint: true },
      );
    const back = { from: check.to, fromPort: check.toPort, to: check.from, toPort: check.fromPort };
    world.deliver({ ...back, bytes: ack('guess') });
    world.deliver({ ...back, bytes: ack(b.session.local.pwd), from: '203.0.113.66' });
    world.deliver({ ...back, bytes: ack(b.session.local.pwd), fromPort: check.toPort + 1 });
    expect(state(a)).toBe('searching');
    world.deliver({ ...back, bytes: ack(b.session.local.pwd) });
    expect(state(a)).toBe('open');
  });

  it('never answers with more bytes than it was asked with', async () => {
    const world = new SimulatedWorld();
    await openCall(world);
    const sizes = new Map<string, number>();
    for (const { bytes } of world.sent) {
      const message = decodeStun(bytes);
      const id = message?.transactionId.toString('hex') ?? '';
      if (message?.class === 'request') sizes.set(id, bytes.length);
      if (message?.class === 'success') expect(bytes.length).toBeLessThanOrEqual(sizes.get(id) ?? 0);
    }
    expect(sizes.size).toBeGreaterThan(0);
  });
});

function isRequest(bytes: Buffer): boolean {
  const message = decodeStun(bytes);
  return message?.class === 'request' && findAttribute(message, 'username') !== undefined;
}
