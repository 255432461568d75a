import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  decodeStun,
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  type StunAttribute,
  type StunMessage,
} from '../../main/engine/stun/message.ts';
import { DEFAULT_LIMITS, type ServerLimits } from '../constants.ts';
import { Metrics } from '../metrics.ts';
import { ManualClock } from '../testing/clock.ts';
import { answerStun } from './answer.ts';
import { MAX_ANSWER_FACTOR } from './constants.ts';
import { type StunServer, startStunServer } from './index.ts';

const transactionId = Buffer.from('0123456789ab');

function binding(attributes: StunAttribute[] = [], changes: Partial<StunMessage> = {}): StunMessage {
  return { method: METHOD_BINDING, class: 'request', transactionId, attributes, ...changes };
}

async function serve(host: string, limits: Partial<ServerLimits> = {}) {
  const clock = new ManualClock();
  const metrics = new Metrics('0.0.0');
  const server = await startStunServer(
    { host, port: 0 },
    {
      clock,
      metrics,
      logger: pino({ level: 'silent' }),
      limits: { ...DEFAULT_LIMITS, ...limits },
    },
  );
  onTestFinished(() => server.close());
  return { server, clock, metrics };
}

async function client(type: 'udp4' | 'udp6', address: string): Promise<Socket> {
  const socket = createSocket(type).bind(0, address);
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  return socket;
}

async function ask(
  socket: Socket,
  server: StunServer,
  address: string,
  datagram: Buffer,
): Promise<StunMessage> {
  const answer = once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
  socket.send(datagram, server.port, address);
  const message = decodeStun((await answer)[0]);
  if (!message) throw new Error('the answer is not STUN');
  return message;
}

describe('the STUN service', () => {
  test.each([
    ['udp4', '127.0.0.1'],
    ['udp6', '::1'],
  ] as const)('tells a client on %s its address', async (type, address) => {
    const { server } = await serve(address);
    const socket = await client(type, address);

    const answer = await ask(socket, server, address, encodeStun(binding()));

    expect(answer).toMatchObject({ class: 'success', method: METHOD_BINDING, transactionId });
    expect(answer.attributes).toEqual([{ name: 'xor-mapped-address', address, port: socket.address().port }]);
  });

  test('on :: answers both families on one port', async () => {
    const { server } = await serve('::');
    expect(server.families).toEqual(['IPv4', 'IPv6']);

    for (const [type, address] of [
      ['udp4', '127.0.0.1'],
      ['udp6', '::1'],
    ] as const) {
      const answer = await ask(await client(type, address), server, address, encodeStun(binding()));
      expect(findAttribute(answer, 'xor-mapped-address')).toMatchObject({ address });
    }
  });

  test('answers with a FINGERPRINT when the request has one', async () => {
    const { server } = await serve('127.0.0.1');
    const socket = await client('udp4', '127.0.0.1');

    const answer = await ask(socket, server, '127.0.0.1', encodeStun(binding(), { fingerprint: true }));

    expect(findAttribute(answer, 'fingerprint')).toBeDefined();
  });

  test('takes no notice of a password that nobody asked for', async () => {
    const { server } = await serve('127.0.0.1');
    const socket = await client('udp4', '127.0.0.1');
    const request = binding([{ name: 'username', text: 'somebody' }]);

    const answer = await ask(
      socket,
      server,
      '127.0.0.1',
      encodeStun(request, { integrityKey: Buffer.from('key') }),
    );

    expect(answer.class).toBe('success');
  });

  test('refuses attributes it would have to understand, and names them', async () => {
    const { server } = await serve('127.0.0.1');
    const socket = await client('udp4', '127.0.0.1');
    const changeRequest: StunAttribute = { name: 'change-request', changeAddress: true, changePort: true };
    const optional: StunAttribute = { name: 'other', code: 0x8fff, value: Buffer.alloc(4) };

    const refused = await ask(
      socket,
      server,
      '127.0.0.1',
      encodeStun(binding([changeRequest, optional, changeRequest])),
    );
    const taken = await ask(socket, server, '127.0.0.1', encodeStun(binding([optional])));

    expect(refused.class).toBe('error');
    expect(findAttribute(refused, 'error-code')).toMatchObject({ code: 420 });
    expect(findAttribute(refused, 'unknown-attributes')).toMatchObject({ codes: [0x0003] });
    expect(taken.class).toBe('success');
  });

  test('answers an address only so fast, and goes on later', async () => {
    const { server, clock, metrics } = await serve('127.0.0.1', { stunRequestsPerSecond: 1, stunBurst: 2 });
    const socket = await client('udp4', '127.0.0.1');
    const request = encodeStun(binding());
    await ask(socket, server, '127.0.0.1', request);
    await ask(socket, server, '127.0.0.1', request);
    socket.send(request, server.port, '127.0.0.1');
    await expect
      .poll(async () => await metrics.registry.metrics())
      .toContain('byway_stun_datagrams_total{family="IPv4",result="limited"} 1');

    clock.advance(1_000);

    expect((await ask(socket, server, '127.0.0.1', request)).class).toBe('success');
  });

  test('goes on after garbage', async () => {
    const { server } = await serve('127.0.0.1');
    const socket = await client('udp4', '127.0.0.1');

    for (const garbage of [
      Buffer.alloc(0),
      Buffer.from('hello'),
      Buffer.alloc(20),
      Buffer.alloc(1_400, 0xff),
    ]) {
      socket.send(garbage, server.port, '127.0.0.1');
    }

    expect((await ask(socket, server, '127.0.0.1', encodeStun(binding()))).class).toBe('success');
  });

  test('closes twice', async () => {
    const { server } = await serve('127.0.0.1');

    await Promise.all([server.close(), server.close()]);
  });
});

describe('an answer', () => {
  test.each([
    ['an indication', binding([], { class: 'indication' })],
    ['a success response', binding([], { class: 'success' })],
    ['an error response', binding([], { class: 'error' })],
    ['another method', binding([], { method: 0x003 })],
  ])('is not given to %s', (_, message) => {
    expect(answerStun(encodeStun(message), '192.0.2.1', 1)).toEqual({ result: 'ignored' });
  });

  test('is not given to a wrong FINGERPRINT', () => {
    const datagram = encodeStun(binding(), { fingerprint: true });
    datagram[27] = (datagram[27] ?? 0) ^ 1;

    expect(answerStun(datagram, '192.0.2.1', 1)).toEqual({ result: 'garbage' });
  });

  test('is not given to RFC 3489, which has no cookie', () => {
    const datagram = encodeStun(binding());
    datagram.fill(0, 4, 8);

    expect(answerStun(datagram, '192.0.2.1', 1)).toEqual({ result: 'garbage' });
  });

  const address = fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', '::1', 'fe80::1:2:3:4'));
  const unknown = fc.record({
    name: fc.constant('other' as const),
    // Codes the codec has no word for.
    code: fc.oneof(fc.integer({ min: 0x0030, max: 0x7fff }), fc.integer({ min: 0xd000, max: 0xffff })),
    value: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  });
  const request = fc
    .record({
      attributes: fc.array(unknown, { maxLength: 24 }),
      method: fc.constantFrom(METHOD_BINDING, 0x002, 0xfff),
      class: fc.constantFrom('request', 'request', 'indication', 'success', 'error'),
      fingerprint: fc.boolean(),
      id: fc.uint8Array({ minLength: 12, maxLength: 12 }),
    })
    .map(({ attributes, fingerprint, id, ...rest }) =>
      encodeStun({ ...binding(attributes, rest), transactionId: Buffer.from(id) }, { fingerprint }),
    );
  const noise = fc.uint8Array({ maxLength: 1_600 }).map((bytes) => Buffer.from(bytes));
  const damaged = fc
    .tuple(request, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([datagram, changes]) => {
      for (const [at, byte] of changes) datagram[at % datagram.length] = byte;
      return datagram;
    });

  test('is never longer than the bound, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(request, damaged, noise), address, (datagram, from) => {
        const answer = answerStun(datagram, from, 4_000);
        if (answer.datagram)
          expect(answer.datagram.length).toBeLessThanOrEqual(datagram.length * MAX_ANSWER_FACTOR.plain);
        expect(answer.result).not.toBe('oversized'); // No honest request goes unanswered for the bound's sake.
      }),
      { numRuns: 2_000 },
    );
  });

  test('never draws another one', () => {
    fc.assert(
      fc.property(fc.oneof(request, damaged), address, (datagram, from) => {
        const answer = answerStun(datagram, from, 4_000);
        if (answer.datagram) expect(answerStun(answer.datagram, from, 4_000).datagram).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
