/** An allocation at servers that misbehave, in simulated time; what honest ones do is tried at coturn (test/interop). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { realOutside } from '../outside/real.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { decodeStun, encodeStun, type StunAttribute, type StunMessage } from '../stun/message.ts';
import { Allocation } from './allocation.ts';
import {
  LIFETIME_S,
  METHOD_ALLOCATE,
  METHOD_CHANNEL_BIND,
  METHOD_REFRESH,
  TURN_ATTRIBUTES,
} from './constants.ts';
import type { TurnLink } from './link.ts';
import { proofOf } from './messages.ts';

const CHALLENGE = { realm: Buffer.from('realm'), nonce: Buffer.from('nonce') };
const { key } = proofOf(CHALLENGE, 'user', 'password');
const PEER = { address: '198.51.100.7', port: 50_000 };

interface Answer {
  readonly code?: number;
  readonly attributes?: StunAttribute[];
  /** The key it is signed with; null for none. */
  readonly key?: Buffer | null;
}

const other = (code: number, value: Buffer): StunAttribute => ({ name: 'other', code, value });
const challenge = (code: number, nonce = CHALLENGE.nonce): Answer => ({
  code,
  attributes: [other(TURN_ATTRIBUTES.realm, CHALLENGE.realm), other(TURN_ATTRIBUTES.nonce, nonce)],
  key: null,
});
/** XOR-RELAYED-ADDRESS of an IPv4 address, which is XORed with the magic cookie alone. */
const relayed = (): StunAttribute =>
  other(
    TURN_ATTRIBUTES.relayedAddress,
    Buffer.from([0, 1, 0x21 ^ 0xc3, 0x12 ^ 0x50, 0x21 ^ 192, 0x12, 0xa4 ^ 2, 0x42 ^ 1]),
  );
const lifetime = (seconds: number): StunAttribute => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(seconds);
  return other(TURN_ATTRIBUTES.lifetime, value);
};

/** An allocation at a server that answers each request so; undefined leaves it unanswered. */
function at(answer: (request: StunMessage, count: number) => Answer | undefined) {
  const clock = new SimulatedClock();
  const requests: StunMessage[] = [];
  const sent: Buffer[] = [];
  const received: string[] = [];
  let isClosed = false;
  const link: TurnLink = {
    isStream: false,
    send: (bytes, length, done) => {
      const datagram = Buffer.from(bytes.subarray(0, length));
      sent.push(datagram);
      done?.(null);
      const request = decodeStun(datagram);
      if (!request) return;
      requests.push(request);
      const { code, attributes = [], key: signedBy = key } = answer(request, requests.length) ?? { code: 0 };
      if (code === 0) return;
      const response = encodeStun(
        {
          method: request.method,
          class: code === undefined ? 'success' : 'error',
          transactionId: request.transactionId,
          attributes:
            code === undefined ? attributes : [{ name: 'error-code', code, reason: '' }, ...attributes],
        },
        signedBy ? { integrityKey: signedBy } : {},
      );
      clock.setTimer(() => allocation.receive(response), 10);
    },
    closeSoon: () => {
      isClosed = true;
    },
  };
  const allocation: Allocation = new Allocation({
    clock,
    random: realOutside.random,
    username: 'user',
    credential: 'password',
    onDatagram: (_socket, datagram) => received.push(datagram.toString()),
    onState: () => undefined,
  });
  allocation.start(link);
  return { allocation, clock, requests, sent, received, isClosed: () => isClosed };
}

const isProved = (request: StunMessage): boolean =>
  request.attributes.some(({ name }) => name === 'message-integrity');

/** What an honest server answers. */
function honest(request: StunMessage): Answer {
  if (!isProved(request)) return challenge(401);
  return request.method === METHOD_ALLOCATE
    ? { attributes: [relayed(), lifetime(LIFETIME_S)] }
    : { attributes: [lifetime(LIFETIME_S)] };
}

async function bound(answer: (request: StunMessage, count: number) => Answer | undefined = honest) {
  const world = at(answer);
  await world.clock.run(100);
  world.allocation.bind(PEER);
  await world.clock.run(100);
  return world;
}

describe('an allocation', () => {
  test('is kept, with its permission and its channel, as long as a call lasts', async () => {
    const { allocation, clock, requests } = await bound();
    expect(allocation.state).toBe('bound');
    requests.length = 0;

    await clock.run(3_600_000);

    const count = (method: number) => requests.filter((request) => request.method === method).length;
    expect(count(METHOD_REFRESH)).toBeGreaterThanOrEqual(7);
    // RFC 8656 §9: within five minutes.
    expect(count(METHOD_CHANNEL_BIND)).toBeGreaterThanOrEqual(12);
    expect(count(METHOD_ALLOCATE)).toBe(0);
    expect(allocation.state).toBe('bound');
  });

  test.each([0, 1, 0xffff_ffff])(
    'of %i s is refreshed now and then, neither always nor never',
    async (seconds) => {
      const { clock, requests } = await bound((request) => {
        const { code, attributes } = honest(request);
        return code === undefined
          ? { attributes: [relayed(), lifetime(seconds)] }
          : { code, attributes, key: null };
      });
      requests.length = 0;

      await clock.run(3_600_000);

      const refreshes = requests.filter(({ method }) => method === METHOD_REFRESH).length;
      expect(refreshes).toBeGreaterThanOrEqual(5);
      expect(refreshes).toBeLessThanOrEqual(120);
    },
  );

  test('is given back when it closes, also with a nonce that went stale, and leaves nothing behind', async () => {
    let isStale = false;
    const { allocation, clock, requests, isClosed } = await bound((request) => {
      if (!isStale) return honest(request);
      isStale = false;
      return challenge(438, Buffer.from('a new one'));
    });
    isStale = true;
    requests.length = 0;

    allocation.close();
    allocation.close();
    await clock.run(1_000);

    expect(requests.map(({ method }) => method)).toEqual([METHOD_REFRESH, METHOD_REFRESH]);
    expect(requests[1]?.attributes).toContainEqual(lifetime(0));
    expect(isClosed()).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('closes without an answer, too', async () => {
    let isSilent = false;
    const { allocation, clock, isClosed } = await bound((request) =>
      isSilent ? undefined : honest(request),
    );
    isSilent = true;

    allocation.close();
    await clock.run(2_000);

    expect(isClosed()).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each<[string, (request: StunMessage, count: number) => Answer | undefined, string]>([
    ['is silent', () => undefined, 'no-answer'],
    ['asks for a proof for ever', () => challenge(401), 'refused'],
    ['calls every nonce stale', (_, count) => challenge(438, Buffer.from(String(count))), 'refused'],
    ['names no realm', () => ({ code: 401, key: null }), 'refused'],
    [
      'names a realm of great length',
      () => ({
        ...challenge(401),
        attributes: [
          other(TURN_ATTRIBUTES.realm, Buffer.alloc(1_000)),
          other(TURN_ATTRIBUTES.nonce, Buffer.alloc(1)),
        ],
      }),
      'refused',
    ],
    ['has no room', (request) => (isProved(request) ? { code: 486 } : honest(request)), 'full'],
    ['has no capacity', (request) => (isProved(request) ? { code: 508 } : honest(request)), 'full'],
    ['sends us elsewhere', (request) => (isProved(request) ? { code: 300 } : honest(request)), 'refused'],
    ['gives no address', (request) => (isProved(request) ? { attributes: [] } : honest(request)), 'refused'],
    [
      'does not know our password',
      (request) => ({ ...honest(request), key: isProved(request) ? Buffer.alloc(16) : null }),
      'no-answer',
    ],
    ['signs nothing', (request) => ({ ...honest(request), key: null }), 'no-answer'],
  ])('is not had at a server that %s', async (_, answer, failure) => {
    const { allocation, clock, requests, isClosed } = at(answer);

    await clock.run(10_000);

    expect([allocation.state, allocation.failure]).toEqual(['failed', failure]);
    expect(requests.length).toBeLessThanOrEqual(8);
    expect(isClosed()).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('that the server has forgotten is gone', async () => {
    let forgot = false;
    const { allocation, clock } = await bound((request) => (forgot ? { code: 437 } : honest(request)));
    forgot = true;

    allocation.rejoin();
    await clock.run(100);

    expect([allocation.state, allocation.failure]).toEqual(['failed', 'no-answer']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('takes what comes on its channel from its peer, and nothing of any other bytes', async () => {
    const { allocation, received } = await bound();
    allocation.receive(Buffer.from([0x40, 0, 0, 2, 0x68, 0x69, 0, 0]));
    for (const no of [[0x40, 1, 0, 1, 0x68], [0x40, 0, 0, 9, 0x68], [0x40], [0x40, 0, 0], []]) {
      allocation.receive(Buffer.from(no));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        if (bytes[0] !== 0x40) allocation.receive(Buffer.from(bytes));
      }),
    );

    expect(received).toEqual(['hi']);
    expect(allocation.state).toBe('bound');
  });
});
