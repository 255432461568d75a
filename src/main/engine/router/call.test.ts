/** The path service with a router, a STUN server and another engine: all on loopback, all real. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Home } from '../../../../test/support/router-home.ts';
import { startServer } from '../../../server/index.ts';
import type { Candidate } from '../../../shared/words.ts';
import { realOutside } from '../outside/real.ts';
import { openPathService, type PathService } from '../path/index.ts';
import { decodeStun, encodeStun, METHOD_BINDING } from '../stun/message.ts';
import type { PortControlRouter } from './testing/port-control-router.ts';

const logger = pino({ level: process.env.BYWAY_TEST_LOG ?? 'silent' });

let home: Home;
let router: PortControlRouter;
beforeEach(async () => {
  home = new Home();
  router = await home.portControl();
  // Here the outside is the inside: a datagram for the external port arrives where it is bound.
  router.externalAddress = '127.0.0.1';
});
afterEach(() => home.close());

async function start(routerMappings: boolean): Promise<PathService> {
  const { network } = realOutside;
  const routers = async () => [
    { family: 'IPv4' as const, address: '127.0.0.1', localAddress: '127.0.0.1', certain: true },
  ];
  const service = openPathService({
    outside: { ...realOutside, network: { ...network, routers } },
    bindAddress: { IPv4: '127.0.0.1' },
    includeLoopback: true,
    routerMappings,
    routerPorts: { portControl: router.port, ssdp: 9 },
    logger,
  });
  home.later(() => service.close());
  await service.start();
  return service;
}

async function stunServer(): Promise<number> {
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  home.later(() => server.close());
  return server.stunPort;
}

const state = (service: PathService) => service.routerReport().state;

describe('a mapping of the engine’s', () => {
  it('is proved by a STUN server that answers to it', async () => {
    const service = await start(true);
    service.setStunServers([{ host: '127.0.0.1', port: await stunServer() }]);

    await vi.waitFor(() => expect(state(service)).toBe('proved'));

    // It leads to a socket of its own, not to the one that calls speak from.
    const [internalPort] = router.mappings.keys();
    expect(internalPort).toBe(service.routerReport().external?.port);
    expect(service.networkState().sockets.map(({ port }) => port)).not.toContain(internalPort);
  });

  it('is withdrawn when it does not work', async () => {
    router.portOffset = 1;
    const service = await start(true);
    service.setStunServers([{ host: '127.0.0.1', port: await stunServer() }]);

    await vi.waitFor(() => expect(state(service)).toBe('untrue'), { timeout: 8_000 });

    expect(service.routerReport().doubt).toBe('nothing-arrives');
    expect(service.open({ role: 'controlling', startedAtMs: 0 }).local.candidates).toHaveLength(1);
  });

  it.each([
    ['does not look at RESPONSE-PORT', 'success'],
    ['refuses it', 'error'],
  ] as const)('stays unproved with a STUN server that %s', async (_what, kind) => {
    const server = createSocket('udp4').bind(0, '127.0.0.1');
    await once(server, 'listening');
    home.later(async () => void server.close());
    let asked = 0;
    server.on('message', (datagram, { address, port }) => {
      const request = decodeStun(datagram);
      if (!request) return;
      const isPlain = !request.attributes.some(({ name }) => name === 'response-port');
      if (!isPlain) asked++;
      const answer = encodeStun({
        method: METHOD_BINDING,
        class: isPlain ? 'success' : kind,
        transactionId: request.transactionId,
        attributes: [{ name: 'xor-mapped-address', address, port }],
      });
      server.send(answer, port, address);
    });
    router.portOffset = 1;
    const service = await start(true);
    service.setStunServers([{ host: '127.0.0.1', port: server.address().port }]);

    await vi.waitFor(() => expect(asked).toBeGreaterThan(0));
    // By the time the router has renewed, the answers that came before are taken into account.
    service.refresh();
    await vi.waitFor(() => expect(router.wishes.length).toBeGreaterThan(1));

    expect(service.routerReport()).toMatchObject({ state: 'mapped', protocol: 'pcp' });
  });

  it('carries a call whose other side can be reached in no other way', async () => {
    const [mapped, other] = [await start(true), await start(false)];
    mapped.setStunServers([{ host: '127.0.0.1', port: await stunServer() }]);
    await vi.waitFor(() => expect(state(mapped)).toBe('proved'));
    const sessions = [
      mapped.open({ role: 'controlling', startedAtMs: 0 }),
      other.open({ role: 'controlled', startedAtMs: 0 }),
    ] as const;
    const [a, b] = sessions;
    const external = mapped.routerReport().external;
    const isMapped = ({ port }: Candidate) => port === external?.port;
    expect(a.local.candidates.filter(isMapped)).toMatchObject([{ type: 'srflx' }]);
    const heard: string[] = [];
    b.on('control', (bytes) => heard.push(bytes.toString()));

    // The other side keeps its addresses to itself, so only its checks can begin.
    a.connect({ ...b.local, candidates: [] });
    b.connect({ ...a.local, candidates: a.local.candidates.filter(isMapped) });
    await vi.waitFor(() => expect(sessions.map((each) => each.report().state)).toEqual(['open', 'open']));
    a.sendControl(Buffer.from('through the door'));

    await vi.waitFor(() => expect(heard).toEqual(['through the door']));
    expect(b.report().active?.remote).toMatchObject({ port: external?.port });
  });

  it('is asked for when the setting is switched on, and given back when it is switched off', async () => {
    const service = await start(false);
    service.setStunServers([{ host: '127.0.0.1', port: await stunServer() }]);
    expect(service.routerReport()).toEqual({ state: 'off' });

    service.setRouterMappings(true);
    await vi.waitFor(() => expect(state(service)).toBe('proved'));
    expect(router.mappings.size).toBe(1);

    service.setRouterMappings(false);
    await vi.waitFor(() => expect(router.mappings.size).toBe(0));
    expect(service.routerReport()).toEqual({ state: 'off' });
  });
});
