/** Our TURN client at coturn, over UDP, TCP and TLS. */
import pino from 'pino';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { type Allocation, openAllocation } from '../../src/main/engine/turn/index.ts';
import type { TurnServer } from '../../src/shared/turn-uri.ts';
import { needProgram } from '../support/needs.ts';
import { startTurnServer, type TurnServerProcess, withCredentials } from '../support/turn-server.ts';

async function start(context: TestContext, flags?: readonly string[]): Promise<TurnServerProcess> {
  const turnserver = await needProgram(context, 'turnserver', 'coturn');
  const openssl = await needProgram(context, 'openssl', 'openssl');
  const server = await startTurnServer({ turnserver, openssl }, flags);
  onTestFinished(() => server.stop());
  return server;
}

function open(server: TurnServer, trusted?: string) {
  const received: string[] = [];
  const allocation = openAllocation(
    {
      outside: realOutside,
      logger: pino({ level: 'silent' }),
      onDatagram: (_socket, datagram) => received.push(datagram.toString()),
    },
    { server, trusted, onState: () => undefined },
  );
  onTestFinished(() => allocation.close());
  return { allocation, received };
}

async function allocated(allocation: Allocation): Promise<NonNullable<Allocation['relayed']>> {
  await vi.waitFor(() => expect([allocation.state, allocation.failure]).toEqual(['allocated', undefined]), {
    timeout: 5_000,
  });
  if (!allocation.relayed) throw new Error('allocated without an address');
  return allocation.relayed;
}

async function ends(allocation: Allocation): Promise<Allocation['failure']> {
  await vi.waitFor(() => expect(allocation.state).toBe('failed'), { timeout: 5_000 });
  return allocation.failure;
}

function send(allocation: Allocation, text: string): void {
  allocation.send(Buffer.from(`.${text}`), 1, text.length, 1, 'ignored');
}

const uriOf = {
  udp: ({ port }: TurnServerProcess) => `turn:127.0.0.1:${port}?transport=udp`,
  tcp: ({ port }: TurnServerProcess) => `turn:127.0.0.1:${port}?transport=tcp`,
  tls: ({ securePort }: TurnServerProcess) => `turns:127.0.0.1:${securePort}?transport=tcp`,
};

describe('a TURN server', { timeout: 30_000 }, () => {
  it.for([
    ['udp', 'udp'],
    ['tcp', 'udp'],
    ['tls', 'tcp'],
  ] as const)('forwards between an allocation over %s and one over %s', async ([one, other], context) => {
    const server = await start(context);
    const a = open(withCredentials(uriOf[one](server), server.secret, 'a'), server.certificate);
    const b = open(withCredentials(uriOf[other](server), server.secret, 'b'), server.certificate);
    const [addressOfA, addressOfB] = [await allocated(a.allocation), await allocated(b.allocation)];
    a.allocation.bind(addressOfB);
    b.allocation.bind(addressOfA);
    await vi.waitFor(() => expect([a.allocation.state, b.allocation.state]).toEqual(['bound', 'bound']));

    // Of every length modulo four, which a stream pads.
    for (const text of ['1', '22', '333', '4444']) {
      send(a.allocation, `from a ${text}`);
      send(b.allocation, `from b ${text}`);
    }

    const texts = (who: string) => ['1', '22', '333', '4444'].map((text) => `from ${who} ${text}`);
    await vi.waitFor(() => expect([a.received, b.received]).toEqual([texts('b'), texts('a')]));
  });

  it.for(['udp', 'tcp', 'tls'] as const)(
    'is given its address back when the allocation closes (%s)',
    async (how, context) => {
      // One allocation a user: another one is to be had only when the first is gone.
      const server = await start(context, ['--user-quota', '1']);
      const mine = withCredentials(uriOf[how](server), server.secret, 'a');
      const first = open(mine, server.certificate);
      await allocated(first.allocation);
      expect(await ends(open(mine, server.certificate).allocation)).toBe('full');

      first.allocation.close();
      first.allocation.close();

      await vi.waitFor(
        async () => {
          const { allocation } = open(mine, server.certificate);
          await vi.waitFor(() => expect(allocation.state).not.toBe('allocating'));
          expect(allocation.state).toBe('allocated');
        },
        { timeout: 10_000 },
      );
    },
  );

  it('is asked again when its nonce went stale', async (context) => {
    const server = await start(context, ['--stale-nonce=1']);
    const mine = withCredentials(uriOf.udp(server), server.secret, 'a');
    const { allocation } = open(mine);
    const relayed = await allocated(allocation);
    const other = open(withCredentials(uriOf.udp(server), server.secret, 'b'));
    await allocated(other.allocation);
    // Longer than a nonce lives; nothing says when one has died but the server's refusal of it.
    await new Promise((resolve) => setTimeout(resolve, 2_500));

    other.allocation.bind(relayed);

    await vi.waitFor(() => expect(other.allocation.state).toBe('bound'), { timeout: 5_000 });
  });

  it('refuses credentials that it did not make, and such as are too old', async (context) => {
    const server = await start(context);
    const forged = withCredentials(uriOf.udp(server), 'another secret', 'a');

    expect(await ends(open(forged).allocation)).toBe('refused');
  });

  it('is not trusted with a certificate of nobody we know, nor with one for another name', async (context) => {
    const server = await start(context);
    const unknown = withCredentials(uriOf.tls(server), server.secret, 'a');
    const misnamed = withCredentials(`turns:localhost:${server.securePort}`, server.secret, 'a');

    expect(await ends(open(unknown).allocation)).toBe('refused');
    expect(await ends(open(misnamed, server.certificate).allocation)).toBe('refused');
  });

  it('that is not there is given up', async (context) => {
    const server = await start(context);
    await server.stop();

    const over = [uriOf.udp, uriOf.tcp, uriOf.tls].map((uri) =>
      withCredentials(uri(server), 'a secret', 'a'),
    );

    const failures = await Promise.all(over.map((gone) => ends(open(gone).allocation)));
    expect(failures).toEqual(['no-answer', 'no-answer', 'no-answer']);
  });
});
