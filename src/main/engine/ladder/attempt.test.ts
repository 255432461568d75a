import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../../test/support/users.ts';
import type { LegRequest } from '../carrier/legs.ts';
import { privateKeyFrom } from '../identity/ed25519.ts';
import { realOutside } from '../outside/real.ts';
import { Attempt, type AttemptOptions } from './attempt.ts';

const open: Attempt[] = [];
afterEach(() => {
  for (const attempt of open.splice(0)) attempt.close();
});

/** An attempt without UDP, so that all there is to try is the URL. What legs it asked for, and how it ended. */
async function tried(url: string, changes: Partial<AttemptOptions> = {}) {
  const requests: LegRequest[] = [];
  const onFailed = vi.fn();
  open.push(
    new Attempt({
      outside: realOutside,
      logger: silentLogger,
      invitation: {
        kind: 'relay',
        carrier: '',
        addresses: [],
        urls: [url],
        ticket: Buffer.alloc(219),
        side: 'B',
        key: privateKeyFrom(randomBytes(32)),
      },
      serverUrl: new URL('ws://127.0.0.1:7000'),
      withoutUdp: true,
      openLeg: (request) => {
        requests.push(request);
        return null;
      },
      onJoined: () => undefined,
      onReplaced: () => undefined,
      onLeaving: () => undefined,
      onFailed,
      ...changes,
    }),
  );
  await vi.waitFor(() => expect(onFailed).toHaveBeenCalledOnce());
  return requests;
}

describe('a carrier’s WebSocket', () => {
  test.each(['/relay', 'ws://127.0.0.1:7000/relay'])('at our server is tried: %s', async (url) => {
    expect((await tried(url)).map((request) => request.url)).toEqual(['ws://127.0.0.1:7000/relay']);
  });

  test('without a fragment, which none may have', async () => {
    expect((await tried('/relay#a'))[0]?.url).toBe('ws://127.0.0.1:7000/relay');
  });

  test.each([
    'http://[',
    'ws://127.0.0.1:22/',
    'ws://192.0.2.1:7000/relay',
    '//192.0.2.1/relay',
    'wss://127.0.0.1:7000/relay',
    'http://127.0.0.1:7000/relay',
    'file:///etc/passwd',
    'javascript:0',
  ])('anywhere else is not: %s', async (url) => {
    expect(await tried(url)).toEqual([]);
  });
});

test('what goes wrong in opening a leg ends the attempt, not the app', async () => {
  const openLeg = () => {
    throw new SyntaxError('no URL of a WebSocket');
  };

  expect(await tried('/relay', { openLeg })).toEqual([]);
});
