/** Moves from one kind of path to another in mid-call: upwards when that becomes possible, and away from what goes. */
import { describe, expect, it } from 'vitest';
import {
  CONSENT_EXPIRY_MS,
  MAX_UNANSWERED_CHECKS,
  UPGRADE_PAUSES_MS,
  UPGRADE_PERIOD_MS,
} from './constants.ts';
import { SimulatedCarrier } from './testing/carrier.ts';
import { call, openCall, type Side, talk } from './testing/sides.ts';
import { type Datagram, SimulatedWorld } from './testing/world.ts';

/** Half an hour of a call takes seconds of a loaded machine, ms. */
const LONG_MS = 90_000;
const A = '192.0.2.1';
const B = '192.0.2.2';
const kindOf = ({ session }: Side) => session.report().active?.kind;
const carrierOf = ({ session }: Side) => session.report().active?.remote.address;
const isDirect = ({ from, to }: Datagram) => [A, B].includes(from) && [A, B].includes(to);

/** Media numbered one after another, from both sides every 20 ms for so long. */
async function count(world: SimulatedWorld, sides: Side[], durationMs: number, from = 0): Promise<number> {
  let number = from;
  for (let passed = 0; passed < durationMs; passed += 20) {
    for (const { session } of sides) session.media.send(Buffer.from(String(number)));
    number++;
    await world.clock.run(20);
  }
  return number;
}

function missing({ received }: Side, first: number, last: number): number[] {
  const came = new Set(received.map(Number));
  return Array.from({ length: last - first }, (_, index) => first + index).filter(
    (number) => !came.has(number),
  );
}

/** A call that a carrier carries because the two cannot reach each other. */
async function carriedCall(world: SimulatedWorld, blocks = isDirect): Promise<readonly [Side, Side]> {
  world.dropped = blocks;
  const [a, b] = await call(world, [A], [B]);
  await new SimulatedCarrier(world, '203.0.113.7').join(a, b);
  await world.clock.until(() => kindOf(a) === 'relay' && kindOf(b) === 'relay');
  return [a, b];
}

describe('a call over a carrier', () => {
  it.each([1, 30])(
    'moves up to a direct path that becomes possible after %i minutes, and loses nothing',
    { timeout: LONG_MS },
    async (minutes) => {
      const world = new SimulatedWorld();
      const [a, b] = await carriedCall(world);
      const last = await count(world, [a, b], minutes * 60_000);
      expect([kindOf(a), kindOf(b)]).toEqual(['relay', 'relay']);

      world.dropped = () => false;
      const end = await count(world, [a, b], UPGRADE_PERIOD_MS + 2_000, last);

      expect([kindOf(a), kindOf(b)]).toEqual(['direct', 'direct']);
      await world.clock.run(1_000);
      expect(missing(a, last, end)).toEqual([]);
      expect(missing(b, last, end)).toEqual([]);
    },
  );

  it('moves up although each NAT lets in only whom its machine wrote to', { timeout: LONG_MS }, async () => {
    const world = new SimulatedWorld();
    let blocked = true;
    const opened = new Map<string, number>();
    const [a, b] = await carriedCall(world, (datagram) => {
      if (!isDirect(datagram)) return false;
      const { from, to } = datagram;
      opened.set(`${from}>${to}`, world.clock.now());
      // A filter that forgets after 30 s, the least that RFC 4787 sees.
      return blocked || world.clock.now() - (opened.get(`${to}>${from}`) ?? -Infinity) > 30_000;
    });
    await talk(world, [a, b], 10 * 60_000);
    blocked = false;
    await talk(world, [a, b], 2 * UPGRADE_PERIOD_MS);
    expect([kindOf(a), kindOf(b)]).toEqual(['direct', 'direct']);
  });

  it('sends few checks to an address that never answers, however long it lasts', {
    timeout: LONG_MS,
  }, async () => {
    const world = new SimulatedWorld();
    const [a, b] = await carriedCall(world);
    await talk(world, [a, b], 60_000);
    const before = world.sent.filter(isDirect).length;
    const minutes = 30;
    await talk(world, [a, b], minutes * 60_000);
    const perMinute = (world.sent.filter(isDirect).length - before) / minutes;
    expect(perMinute).toBeLessThanOrEqual(2 * UPGRADE_PAUSES_MS.length);
    // Each side has sent what it may send at first, and its tries since.
    expect(before).toBeLessThanOrEqual(2 * (MAX_UNANSWERED_CHECKS + 2 * UPGRADE_PAUSES_MS.length));
  });

  it('is not moved by the loss of consent of what it does not use', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world, [A], [B]);
    await new SimulatedCarrier(world, '203.0.113.7').join(a, b);
    await talk(world, [a, b], 5_000);
    world.dropped = (datagram) => !isDirect(datagram);
    await talk(world, [a, b], CONSENT_EXPIRY_MS + 10_000);
    expect([kindOf(a), kindOf(b)]).toEqual(['direct', 'direct']);
    expect(a.timeline.filter((type) => type === 'path-changed')).toEqual([]);
  });

  it('spends less than a packet a second on a carrier that stands by, and its bridge is not forgotten', async () => {
    const world = new SimulatedWorld();
    const [a, b] = await openCall(world, [A], [B]);
    const carrier = new SimulatedCarrier(world, '203.0.113.7');
    await carrier.join(a, b);
    await talk(world, [a, b], 10_000);
    const before = world.sent.length;
    const seconds = 600;
    await talk(world, [a, b], seconds * 1_000);
    const spent = world.sent.slice(before).filter(({ to }) => to === '203.0.113.7').length;
    expect(spent / seconds).toBeLessThan(1);
    expect(carrier.bridges.size).toBe(1);
    // It still works.
    world.dropped = isDirect;
    await talk(world, [a, b], 1_000);
    expect([kindOf(a), kindOf(b)]).toEqual(['relay', 'relay']);
  });

  it('loses nothing when its carrier says that it goes and another one stands by', async () => {
    const world = new SimulatedWorld();
    world.dropped = isDirect;
    const [a, b] = await call(world, [A], [B]);
    const legs = await new SimulatedCarrier(world, '203.0.113.7').join(a, b);
    await world.clock.until(() => kindOf(a) === 'relay' && kindOf(b) === 'relay');
    // Of two equal ones the first stays, once the call has settled on it.
    await talk(world, [a, b], 4_000);
    await new SimulatedCarrier(world, '203.0.113.8').join(a, b);
    await talk(world, [a, b], 4_000);
    expect([a, b].map(carrierOf)).toEqual(['203.0.113.7', '203.0.113.7']);

    a.session.legs.leave(legs[0]);
    b.session.legs.leave(legs[1]);
    const last = await count(world, [a, b], 2_000);
    await world.clock.run(1_000);

    expect([a, b].map(carrierOf)).toEqual(['203.0.113.8', '203.0.113.8']);
    expect(missing(a, 0, last)).toEqual([]);
    expect(missing(b, 0, last)).toEqual([]);
  });

  it('goes on within 300 ms and a trip over the relay when the node that carries it is killed', async () => {
    const world = new SimulatedWorld();
    world.dropped = isDirect;
    const [a, b] = await call(world, [A], [B]);
    await new SimulatedCarrier(world, '203.0.113.7', 'sfu').join(a, b);
    await world.clock.until(() => kindOf(a) === 'sfu' && kindOf(b) === 'sfu');
    await new SimulatedCarrier(world, '203.0.113.8', 'relay').join(a, b);
    await talk(world, [a, b], 6_000);
    expect([kindOf(a), kindOf(b)]).toEqual(['sfu', 'sfu']);

    world.dropped = (datagram) => isDirect(datagram) || [datagram.from, datagram.to].includes('203.0.113.7');
    const diedAtMs = world.clock.now();
    await talk(world, [a, b], 1_500);

    expect([kindOf(a), kindOf(b)]).toEqual(['relay', 'relay']);
    for (const { receivedAtMs } of [a, b]) {
      const first = receivedAtMs.findIndex((at) => at > diedAtMs + 60);
      expect((receivedAtMs[first] ?? 0) - (receivedAtMs[first - 1] ?? 0)).toBeLessThanOrEqual(300 + 80);
    }
  });
});
