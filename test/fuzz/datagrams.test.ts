/**
 * Anybody may send anything to the engine's UDP socket. Whatever comes, in the middle of a call, the engine neither crashes nor answers
 * with more than it got, and the call goes on.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { openPathService, type PathService, type PathSession } from '../../src/main/engine/path/index.ts';
import { encodeStun, METHOD_BINDING, type StunAttribute } from '../../src/main/engine/stun/message.ts';

const services: PathService[] = [];
let a: PathSession;
let b: PathSession;
let attacker: Socket;
let targetPort = 0;
const answers: Buffer[] = [];
const media: string[] = [];
const failures: unknown[] = [];
const onFailure = (error: unknown) => void failures.push(error);

beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', onFailure);
  process.on('unhandledRejection', onFailure);
  for (let index = 0; index < 2; index++) {
    const service = openPathService({
      outside: realOutside,
      bindAddress: { IPv4: '127.0.0.1' },
      includeLoopback: true,
      logger: pino({ level: 'silent' }),
    });
    services.push(service);
    await service.start();
  }
  const startedAtMs = realOutside.clock.now();
  const [one, other] = services;
  if (!one || !other) throw new Error('no services');
  a = one.open({ role: 'controlling', startedAtMs });
  b = other.open({ role: 'controlled', startedAtMs });
  b.media.onDatagram = (datagram, offset, length) =>
    media.push(datagram.subarray(offset, offset + length).toString());
  a.connect(b.local);
  b.connect(a.local);
  await vi.waitFor(() => expect([a.report().state, b.report().state]).toEqual(['open', 'open']));
  targetPort = other.networkState().sockets[0]?.port ?? 0;
  attacker = createSocket('udp4');
  attacker.bind(0, '127.0.0.1');
  await once(attacker, 'listening');
  attacker.on('message', (datagram) => answers.push(datagram));
});

afterAll(async () => {
  attacker.close();
  await Promise.all(services.map((service) => service.close()));
  process.off('uncaughtExceptionMonitor', onFailure);
  process.off('unhandledRejection', onFailure);
});

/** Sends everything, then checks that the call still works: what was sent before has then been read. */
async function bombard(datagrams: readonly Uint8Array[]): Promise<void> {
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      attacker.send(datagram, targetPort, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  }
  media.length = 0;
  await vi.waitFor(() => {
    a.media.send(Buffer.from('still here'));
    expect(media[0]).toBe('still here');
  });
  expect(failures).toEqual([]);
  expect(answers).toEqual([]);
  expect(b.report().attempts).toHaveLength(1);
  expect([a.report().state, b.report().state]).toEqual(['open', 'open']);
}

function samples<Value>(arbitrary: fc.Arbitrary<Value>, count: number): Value[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 4711 });
}

it('random bytes of every length', async () => {
  await bombard(samples(fc.uint8Array({ maxLength: 1_500 }), 400));
  await bombard([new Uint8Array(0), Buffer.alloc(60_000), Buffer.alloc(60_000, 0x40), Buffer.alloc(4, 0x40)]);
});

it('datagrams that begin like STUN, ChannelData, DTLS and SRTP', async () => {
  const first = fc.constantFrom(0, 1, 2, 3, 20, 22, 63, 64, 65, 79, 80, 128, 144, 191, 255);
  const datagram = fc
    .tuple(first, fc.uint8Array({ maxLength: 200 }))
    .map(([byte, rest]) => Buffer.concat([Buffer.from([byte]), rest]));
  await bombard(samples(datagram, 400));
});

it('ChannelData on the channels of the call from an address that proved nothing', async () => {
  const frames = Object.values(b.local.channels).flatMap((channel) =>
    [0, 1, 4, 0xffff].map((length) => {
      const frame = Buffer.alloc(12);
      frame.writeUInt16BE(channel, 0);
      frame.writeUInt16BE(length, 2);
      return frame;
    }),
  );
  await bombard(frames);
});

it('STUN of every shape, with the right user name and without the key', async () => {
  const attribute: fc.Arbitrary<StunAttribute> = fc.oneof(
    fc.record({
      name: fc.constant('username' as const),
      text: fc.constant(`${b.local.ufrag}:${a.local.ufrag}`),
    }),
    fc.record({ name: fc.constant('username' as const), text: fc.string({ maxLength: 80 }) }),
    fc.record({ name: fc.constantFrom('priority' as const, 'nomination' as const), value: fc.nat() }),
    fc.record({
      name: fc.constantFrom('ice-controlling' as const, 'ice-controlled' as const),
      tieBreaker: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    }),
    fc.constant({ name: 'use-candidate' as const }),
    fc.record({
      name: fc.constant('other' as const),
      code: fc.integer({ min: 0, max: 0xffff }),
      value: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    }),
  );
  const message = fc.record({
    method: fc.oneof(fc.constant(METHOD_BINDING), fc.integer({ min: 0, max: 0xfff })),
    class: fc.constantFrom('request' as const, 'indication' as const, 'success' as const, 'error' as const),
    transactionId: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    attributes: fc.array(attribute, { maxLength: 8 }),
  });
  const options = fc.record({
    integrityKey: fc.option(fc.constantFrom(Buffer.from('guess'), Buffer.from(a.local.pwd)), {
      nil: undefined,
    }),
    fingerprint: fc.boolean(),
  });
  const datagram = fc.tuple(message, options, fc.nat(40), fc.boolean()).map(([stun, how, cut, whole]) => {
    const bytes = encodeStun(stun, how);
    return whole ? bytes : bytes.subarray(0, Math.max(1, bytes.length - cut));
  });
  await bombard(samples(datagram, 600));
});
