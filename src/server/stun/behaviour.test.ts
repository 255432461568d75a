/** RFC 5780 over two addresses and two ports, on real sockets. */
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
import { BindAddressError, PortTakenError } from '../errors.ts';
import { Metrics } from '../metrics.ts';
import { ManualClock } from '../testing/clock.ts';
import { answerStun } from './answer.ts';
import { MAX_ANSWER_FACTOR } from './constants.ts';
import type { Corner } from './corners.ts';
import { type StunListening, startStunServer } from './index.ts';

const PRIMARY = '127.0.0.1';
const ALTERNATE = '127.0.0.2';
const transactionId = Buffer.from('0123456789ab');

function binding(attributes: StunAttribute[] = []): StunMessage {
  return { method: METHOD_BINDING, class: 'request', transactionId, attributes };
}

function change(changeAddress: boolean, changePort: boolean): StunAttribute {
  return { name: 'change-request', changeAddress, changePort };
}

const PAIR: StunListening = {
  host: PRIMARY,
  port: 0,
  addresses: [{ address: PRIMARY }],
  alternateAddresses: [{ address: ALTERNATE }],
};

async function serve(listening: Partial<StunListening> = {}, limits: Partial<ServerLimits> = {}) {
  const metrics = new Metrics('0.0.0');
  const server = await startStunServer(
    { ...PAIR, ...listening },
    {
      clock: new ManualClock(),
      metrics,
      logger: pino({ level: 'silent' }),
      limits: { ...DEFAULT_LIMITS, ...limits },
    },
  );
  onTestFinished(() => server.close());
  return { ...server, alternatePort: server.alternatePort ?? 0, metrics };
}

async function client(port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, PRIMARY);
  await once(socket, 'listening');
  onTestFinished(() => {
    socket.close();
  });
  return socket;
}

/** The answer that a socket gets next, and where it came from. */
async function nextAnswer(socket: Socket) {
  const [datagram, { address, port }] = await once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
  const message = decodeStun(datagram);
  if (!message) throw new Error('the answer is not STUN');
  return { message, from: { address, port } };
}

async function ask(socket: Socket, address: string, port: number, attributes: StunAttribute[] = []) {
  const answer = nextAnswer(socket);
  socket.send(encodeStun(binding(attributes)), port, address);
  return answer;
}

describe('the STUN service with a second address', () => {
  test.each([
    ['first address, first port', PRIMARY, 'port'],
    ['first address, second port', PRIMARY, 'alternatePort'],
    ['second address, first port', ALTERNATE, 'port'],
    ['second address, second port', ALTERNATE, 'alternatePort'],
  ] as const)('asked at the %s, answers from where it is asked to', async (_, address, which) => {
    const server = await serve();
    const socket = await client();
    const otherAddress = address === PRIMARY ? ALTERNATE : PRIMARY;
    const port = server[which];
    const otherPort = which === 'port' ? server.alternatePort : server.port;

    for (const [changeAddress, changePort] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const { message, from } = await ask(socket, address, port, [change(changeAddress, changePort)]);

      expect(from).toEqual({
        address: changeAddress ? otherAddress : address,
        port: changePort ? otherPort : port,
      });
      expect(message.attributes).toEqual([
        { name: 'xor-mapped-address', address: PRIMARY, port: socket.address().port },
        { name: 'response-origin', ...from },
        { name: 'other-address', address: otherAddress, port: otherPort },
      ]);
    }
  });

  test('tells who only asks for an address that there are others', async () => {
    const server = await serve();

    const { message, from } = await ask(await client(), PRIMARY, server.port);

    expect(from).toEqual({ address: PRIMARY, port: server.port });
    expect(findAttribute(message, 'response-origin')).toMatchObject(from);
    expect(findAttribute(message, 'other-address')).toMatchObject({
      address: ALTERNATE,
      port: server.alternatePort,
    });
  });

  test('uses the port after the first one unless told another', async () => {
    // Somebody else may take one of the two between the attempts.
    for (let attempt = 1; ; attempt++) {
      const free = await serve();
      await free.close();
      try {
        const server = await serve({ port: free.port });
        expect(server.alternatePort).toBe(free.port + 1);
        return;
      } catch (error) {
        if (!(error instanceof PortTakenError) || attempt === 5) throw error;
      }
    }
  });

  test('names the public addresses where a NAT maps them', async () => {
    const server = await serve({
      addresses: [{ address: PRIMARY, publicAddress: '192.0.2.1' }],
      alternateAddresses: [{ address: ALTERNATE, publicAddress: '192.0.2.2' }],
    });

    const { message } = await ask(await client(), PRIMARY, server.port, [change(false, true)]);

    expect(server.publicAddresses).toEqual(['192.0.2.1']);
    expect(findAttribute(message, 'response-origin')).toMatchObject({
      address: '192.0.2.1',
      port: server.alternatePort,
    });
    expect(findAttribute(message, 'other-address')).toMatchObject({
      address: '192.0.2.2',
      port: server.alternatePort,
    });
  });

  test('sends to another port of whoever asks, and tells the port that was asked from', async () => {
    const server = await serve();
    const asking = await client();
    const listening = await client();
    const answer = nextAnswer(listening);

    const request = binding([{ name: 'response-port', port: listening.address().port }, change(true, true)]);
    asking.send(encodeStun(request), server.port, PRIMARY);

    const { message, from } = await answer;
    expect(from).toEqual({ address: ALTERNATE, port: server.alternatePort });
    expect(findAttribute(message, 'xor-mapped-address')).toMatchObject({ port: asking.address().port });
  });

  test('refuses a port that is none', async () => {
    const server = await serve();

    const { message } = await ask(await client(), PRIMARY, server.port, [{ name: 'response-port', port: 0 }]);

    expect(findAttribute(message, 'error-code')).toMatchObject({ code: 400 });
  });

  test('refuses padding, also where it makes the request longer than a packet', async () => {
    const server = await serve();
    const padding: StunAttribute = { name: 'other', code: 0x0026, value: Buffer.alloc(1_500) };

    const { message, from } = await ask(await client(), PRIMARY, server.port, [padding, change(true, true)]);

    expect(from).toEqual({ address: PRIMARY, port: server.port });
    expect(findAttribute(message, 'unknown-attributes')).toMatchObject({ codes: [0x0026] });
  });

  test('never answers to one of its own sockets', async () => {
    const server = await serve();
    const asking = await client();

    for (const port of [server.port, server.alternatePort]) {
      asking.send(encodeStun(binding([{ name: 'response-port', port }])), server.port, PRIMARY);
    }

    await expect
      .poll(() => server.metrics.registry.metrics())
      .toContain('byway_stun_datagrams_total{family="IPv4",result="ignored"} 2');
  });

  test('counts what an address asks for at all four sockets together', async () => {
    const server = await serve({}, { stunRequestsPerSecond: 1, stunBurst: 3 });
    const socket = await client();
    await ask(socket, PRIMARY, server.port);
    await ask(socket, PRIMARY, server.alternatePort);
    await ask(socket, ALTERNATE, server.port);

    socket.send(encodeStun(binding()), server.alternatePort, ALTERNATE);

    await expect
      .poll(() => server.metrics.registry.metrics())
      .toContain('byway_stun_datagrams_total{family="IPv4",result="limited"} 1');
  });

  test('leaves nothing open when one of its sockets cannot be had', async () => {
    const holder = createSocket('udp4').bind(0, ALTERNATE);
    await once(holder, 'listening');
    onTestFinished(() => {
      holder.close();
    });
    const taken = holder.address().port;

    await expect(serve({ port: taken, alternatePort: 0 })).rejects.toThrow(/UDP port \d+ .* --stun-port/);
    await expect(serve({ alternatePort: taken })).rejects.toThrow(/UDP port \d+ .* --stun-alternate-port/);
    await expect(serve({ port: taken, alternateAddresses: [{ address: '203.0.113.1' }] })).rejects.toThrow(
      BindAddressError,
    );

    await client(taken); // On the first address the number is free again.
  });

  test('closes twice', async () => {
    const server = await serve();

    await Promise.all([server.close(), server.close()]);
  });
});

describe('the STUN service with one address', () => {
  const alone = { addresses: [{ address: PRIMARY }], alternateAddresses: [] };

  test('says nothing of others and refuses to answer from them', async () => {
    const server = await serve(alone);
    const socket = await client();

    const { message } = await ask(socket, PRIMARY, server.port);
    const refused = await ask(socket, PRIMARY, server.port, [change(false, true)]);

    expect(message.attributes.map(({ name }) => name)).toEqual(['xor-mapped-address']);
    expect(findAttribute(refused.message, 'unknown-attributes')).toMatchObject({ codes: [0x0003] });
  });

  test('sends to another port all the same', async () => {
    const server = await serve(alone);
    const listening = await client();
    const answer = nextAnswer(listening);
    const asking = await client();

    asking.send(
      encodeStun(binding([{ name: 'response-port', port: listening.address().port }])),
      server.port,
      PRIMARY,
    );

    expect(findAttribute((await answer).message, 'xor-mapped-address')).toMatchObject({
      port: asking.address().port,
    });
  });
});

describe('an answer of a server with two addresses', () => {
  const corners = (one: string, other: string): Corner[] =>
    [one, one, other, other].map((address, index) => ({
      address,
      boundAddress: address,
      port: index % 2 === 0 ? 3478 : 3479,
    }));
  const families = [
    { family: 'IPv4', from: '203.0.113.9', corners: corners('192.0.2.1', '192.0.2.2') },
    { family: 'IPv6', from: '2001:db8:ffff::9', corners: corners('2001:db8::1', '2001:db8::2') },
  ] as const;
  const attribute: fc.Arbitrary<StunAttribute> = fc.oneof(
    fc.record({
      name: fc.constant('change-request' as const),
      changeAddress: fc.boolean(),
      changePort: fc.boolean(),
    }),
    fc.record({ name: fc.constant('response-port' as const), port: fc.nat(65_535) }),
    fc.record({
      name: fc.constant('other' as const),
      code: fc.integer({ min: 0x0030, max: 0xffff }).filter((code) => code < 0x8000 || code > 0xd000),
      value: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    }),
  );
  const request = fc
    .tuple(fc.array(attribute, { maxLength: 8 }), fc.boolean())
    .map(([attributes, fingerprint]) => encodeStun(binding(attributes), { fingerprint }));

  test.each(families)('over $family is never longer than the bound', ({ family, from, corners }) => {
    fc.assert(
      fc.property(request, fc.nat(3), (datagram, at) => {
        const answer = answerStun(datagram, from, 4_000, { corners, at });
        expect(answer.result).not.toBe('oversized');
        expect(answer.datagram?.length ?? 0).toBeLessThanOrEqual(datagram.length * MAX_ANSWER_FACTOR[family]);
      }),
      { numRuns: 1_000 },
    );
    const bare = encodeStun(binding());
    expect(answerStun(bare, from, 4_000, { corners, at: 0 }).datagram).toHaveLength(
      bare.length * MAX_ANSWER_FACTOR[family],
    );
  });

  test.each(families)(
    'over $family goes to no socket of its own, whatever port is asked for',
    ({ corners }) => {
      for (const [at] of corners.entries()) {
        for (const { address, port } of corners) {
          const named = encodeStun(binding([{ name: 'response-port', port }]));

          expect(answerStun(encodeStun(binding()), address, port, { corners, at }).result).toBe('ignored');
          expect(answerStun(named, address, 4_000, { corners, at }).result).toBe('ignored');
        }
      }
    },
  );

  test.each(families)('over $family draws no other one', ({ from, corners }) => {
    fc.assert(
      fc.property(request, fc.nat(3), (datagram, at) => {
        const answer = answerStun(datagram, from, 4_000, { corners, at });
        if (answer.datagram)
          expect(answerStun(answer.datagram, from, 4_000, { corners, at }).datagram).toBeUndefined();
      }),
    );
  });
});
