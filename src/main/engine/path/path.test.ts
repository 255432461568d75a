/** Two path services in one process, over real sockets on loopback. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import pino from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NetworkState, Notice } from '../../../shared/app.ts';
import type { Outside } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { MAX_TUNNELLED_BYTES, openPathService, type PathService, type PathSession } from './index.ts';
import { mappedResponse, type StunResponder, startStunResponder } from './testing/responder.ts';
import type { PathServiceOptions } from './types.ts';

const logger = pino({ level: 'silent' });
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startService(options: Partial<PathServiceOptions> = {}): Promise<PathService> {
  const service = openPathService({
    outside: realOutside,
    includeLoopback: true,
    bindAddress: { IPv4: '127.0.0.1' },
    logger,
    ...options,
  });
  closers.push(() => service.close());
  await service.start();
  return service;
}

async function startResponder(...options: Parameters<typeof startStunResponder>): Promise<StunResponder> {
  const responder = await startStunResponder(...options);
  closers.push(() => responder.close());
  return responder;
}

function openPair(a: PathService, b: PathService): [PathSession, PathSession] {
  const startedAtMs = realOutside.clock.now();
  return [a.open({ role: 'controlling', startedAtMs }), b.open({ role: 'controlled', startedAtMs })];
}

function join(a: PathSession, b: PathSession): void {
  a.connect(b.local);
  b.connect(a.local);
}

async function untilOpen(...sessions: PathSession[]): Promise<void> {
  await vi.waitFor(() => {
    for (const session of sessions) expect(session.report().state).toBe('open');
  });
}

async function untilAgreed(a: PathSession, b: PathSession): Promise<void> {
  await vi.waitFor(() => {
    expect(a.report().active?.remote).toMatchObject(endOf(b.report().active?.local));
    expect(b.report().active?.remote).toMatchObject(endOf(a.report().active?.local));
  });
}

function endOf(end: { address: string; port: number } | undefined): { address?: string; port?: number } {
  return { address: end?.address, port: end?.port };
}

describe('a path over real sockets', () => {
  it('opens on both sides, on one pair, and carries media and control both ways', async () => {
    const [a, b] = openPair(await startService(), await startService());
    const timeline: string[] = [];
    a.on('timeline', ({ type }) => timeline.push(type));
    const media: string[] = [];
    const control: string[] = [];
    b.media.onDatagram = (datagram, offset, length) => {
      media.push(datagram.subarray(offset, offset + length).toString());
    };
    a.on('control', (bytes) => control.push(bytes.toString()));

    expect(a.sendControl(Buffer.from('too early'))).toBe(false);
    join(a, b);
    await untilOpen(a, b);
    await untilAgreed(a, b);
    a.media.send(Buffer.from('picture'));
    expect(b.sendControl(Buffer.from('hang up'))).toBe(true);

    await vi.waitFor(() => expect([media, control]).toEqual([['picture'], ['hang up']]));
    const report = a.report();
    expect(report.active).toMatchObject({ kind: 'direct', remote: { address: '127.0.0.1', type: 'host' } });
    expect(report.active?.rttMs).toBeGreaterThan(0);
    expect(report.attempts[0]).toMatchObject({ outcome: 'succeeded' });
    expect(report.carried.direct).toMatchObject({ packetsSent: 1, bytesSent: 11, packetsReceived: 1 });
    expect(timeline).toEqual(['first-check', 'path-open']);
  });

  it('opens within a few milliseconds on loopback', async () => {
    const [a, b] = openPair(await startService(), await startService());
    const startedAtMs = performance.now();
    join(a, b);
    await new Promise<void>((resolve) => a.on('state', (state) => state === 'open' && resolve()));
    expect(performance.now() - startedAtMs).toBeLessThan(200);
  });

  it('carries the longest datagram and drops a longer one', async () => {
    const [a, b] = openPair(await startService(), await startService());
    const lengths: number[] = [];
    b.media.onDatagram = (_datagram, _offset, length) => lengths.push(length);
    join(a, b);
    await untilOpen(a, b);

    a.media.send(Buffer.alloc(MAX_TUNNELLED_BYTES + 1));
    a.media.send(Buffer.alloc(MAX_TUNNELLED_BYTES));
    expect(a.sendControl(Buffer.alloc(MAX_TUNNELLED_BYTES + 1))).toBe(false);

    await vi.waitFor(() => expect(lengths).toEqual([MAX_TUNNELLED_BYTES]));
  });

  it('works over IPv6', async () => {
    const hasIpv6 = realOutside.network.hostAddresses().some(({ address }) => address === '::1');
    if (!hasIpv6) {
      console.warn('left out: this machine has no ::1');
      return;
    }
    const bindAddress = { IPv6: '::1' };
    const [a, b] = openPair(await startService({ bindAddress }), await startService({ bindAddress }));
    join(a, b);
    await untilOpen(a, b);
    expect(a.report().active?.remote.address).toBe('::1');
  });

  it('works with candidates that trickle in, and ignores those of other credentials', async () => {
    const [a, b] = openPair(await startService(), await startService());
    a.connect({ ...b.local, candidates: [] });
    b.connect({ ...a.local, candidates: [] });
    a.addRemoteCandidates('stranger', b.local.candidates);
    expect(a.report().attempts).toHaveLength(0);
    a.addRemoteCandidates(b.local.ufrag, b.local.candidates);
    await untilOpen(a, b);
    // B was told no address: it met A by its checks.
    expect(b.report().active?.remote.type).toBe('prflx');
  });

  it('waits with answers until it knows whom it speaks to, and loses no time by it', async () => {
    const [a, b] = openPair(await startService(), await startService());
    a.connect(b.local);
    await vi.waitFor(() => expect(a.report().attempts[0]?.checksSent).toBeGreaterThan(1));
    expect(a.report().state).toBe('searching');
    b.connect({ ...a.local, candidates: [] });
    await untilOpen(a, b);
  });

  it('settles a conflict of roles', async () => {
    for (const role of ['controlling', 'controlled'] as const) {
      const startedAtMs = realOutside.clock.now();
      const a = (await startService()).open({ role, startedAtMs });
      const b = (await startService()).open({ role, startedAtMs });
      join(a, b);
      await untilOpen(a, b);
      await untilAgreed(a, b);
    }
  });

  it('keeps many sessions of one socket apart', async () => {
    const [one, other] = [await startService(), await startService()];
    const pairs = Array.from({ length: 5 }, () => openPair(one, other));
    const received: string[][] = pairs.map(() => []);
    pairs.forEach(([a, b], index) => {
      b.media.onDatagram = (datagram, offset, length) =>
        received[index]?.push(datagram.subarray(offset, offset + length).toString());
      join(a, b);
    });
    await untilOpen(...pairs.flat());
    pairs.forEach(([a], index) => {
      a.media.send(Buffer.from(`call ${index}`));
    });
    await vi.waitFor(() => expect(received).toEqual(pairs.map((_, index) => [`call ${index}`])));
  });
});

describe('the path service', () => {
  it('takes another port when the preferred one is taken, and says so', async () => {
    const squatter = createSocket('udp4');
    closers.push(() => squatter.close());
    squatter.bind(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address();
    const notices: Notice[] = [];
    const service = await startService({ port, onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual([{ code: 'port-taken', detail: String(port) }]);
    expect(service.networkState().sockets[0]?.port).not.toBe(port);
  });

  it('says so when there is no UDP at all, and does not fail', async () => {
    const notices: Notice[] = [];
    const outside: Outside = {
      ...realOutside,
      network: { ...realOutside.network, bind: () => Promise.reject(new Error('not allowed')) },
    };
    const service = await startService({ outside, onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual([{ code: 'no-udp' }]);
    const session = service.open({ role: 'controlling', startedAtMs: 0 });
    expect(session.local.candidates).toEqual([]);
  });

  it('leaves no timer and no socket behind', async () => {
    const timers = new Set<unknown>();
    let sockets = 0;
    const outside: Outside = {
      ...realOutside,
      clock: {
        ...realOutside.clock,
        setTimer: (callback, delayMs) => {
          const timer = realOutside.clock.setTimer(() => {
            timers.delete(timer);
            callback();
          }, delayMs);
          timers.add(timer);
          return timer;
        },
        clearTimer: (timer) => {
          timers.delete(timer);
          realOutside.clock.clearTimer(timer);
        },
      },
      network: {
        ...realOutside.network,
        bind: async (...parameters) => {
          const socket = await realOutside.network.bind(...parameters);
          sockets++;
          const close = socket.close.bind(socket);
          return Object.assign(socket, {
            close: () => {
              sockets--;
              close();
            },
          });
        },
      },
    };
    const silent = await startResponder(() => undefined);
    const [one, other] = [await startService({ outside }), await startService({ outside })];
    one.setStunServers([{ host: '127.0.0.1', port: silent.port }]);
    const [a, b] = openPair(one, other);
    join(a, b);
    await untilOpen(a, b);
    await vi.waitFor(() => expect(silent.asked).toBe(1));
    expect(sockets).toBe(2);

    a.close();
    a.close();
    await one.close();
    await other.close();
    await one.close();

    expect(a.report().state).toBe('closed');
    expect(timers.size).toBe(0);
    expect(sockets).toBe(0);
  });
});

describe('discovery of public addresses', () => {
  const mappedTo =
    (address: string) =>
    (request: Buffer, from: { address: string; port: number }, socket: ReturnType<typeof createSocket>) =>
      socket.send(mappedResponse(request, address, 40_404), from.port, from.address);

  it('asks all servers, names the nearest, and offers what they saw', async () => {
    const quick = await startResponder(mappedTo('203.0.113.7'));
    const slow = await startResponder((request, from, socket) => {
      setTimeout(() => mappedTo('203.0.113.8')(request, from, socket), 60);
    });
    const service = await startService();
    const session = service.open({ role: 'controlling', startedAtMs: realOutside.clock.now() });
    const trickled: string[] = [];
    session.on('candidates', (candidates) => trickled.push(...candidates.map(({ address }) => address)));
    const states: NetworkState[] = [];
    service.onNetworkState((state) => states.push(state));

    service.setStunServers([slow, quick].map(({ port }) => ({ host: '127.0.0.1', port })));

    await vi.waitFor(() =>
      expect(service.networkState().stun.every((s) => s.state === 'answered')).toBe(true),
    );
    const [slowRow, quickRow] = service.networkState().stun;
    expect(slowRow).toMatchObject({ nearest: false, mapped: { address: '203.0.113.8', port: 40_404 } });
    expect(quickRow).toMatchObject({ nearest: true, mapped: { address: '203.0.113.7', port: 40_404 } });
    expect(slowRow?.rttMs).toBeGreaterThan(50);
    expect(trickled).toEqual(['203.0.113.7', '203.0.113.8']);
    expect(session.local.candidates.map(({ type }) => type)).toEqual(['host', 'srflx', 'srflx']);
    expect(states.at(0)?.stun[0]?.state).toBe('asking');
  });

  it('believes nobody but the server it asked', async () => {
    const impostor = createSocket('udp4');
    closers.push(() => impostor.close());
    const server = await startResponder((request, from) => {
      impostor.send(mappedResponse(request, '198.51.100.66', 6), from.port, from.address);
    });
    const wrong = await startResponder((request, from, socket) => {
      const response = mappedResponse(request, '198.51.100.66', 0);
      socket.send(response, from.port, from.address);
    });
    const service = await startService();
    service.setStunServers([server, wrong].map(({ port }) => ({ host: '127.0.0.1', port })));
    await vi.waitFor(() => expect(server.asked).toBeGreaterThan(1));
    await vi.waitFor(() => expect(service.networkState().stun[1]?.state).toBe('wrong'));
    expect(service.networkState().stun[0]).toMatchObject({ state: 'asking', mapped: undefined });
  });

  it('asks again on demand', async () => {
    const server = await startResponder();
    const service = await startService();
    service.setStunServers([{ host: '127.0.0.1', port: server.port }]);
    await vi.waitFor(() => expect(server.asked).toBe(1));
    service.refresh();
    await vi.waitFor(() => expect(server.asked).toBe(2));
  });

  it('says silent for a name that cannot be resolved', async () => {
    const outside: Outside = {
      ...realOutside,
      network: { ...realOutside.network, lookup: () => Promise.reject(new Error('ENOTFOUND')) },
    };
    const service = await startService({ outside });
    service.setStunServers([{ host: 'stun.invalid', port: 3478 }]);
    await vi.waitFor(() => expect(service.networkState().stun[0]?.state).toBe('silent'));
  });
});
