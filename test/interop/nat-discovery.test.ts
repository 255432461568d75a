/** Our NAT behaviour discovery over real sockets, with coturn's server and with our own. There is no NAT here, and that is what it has to say. */
import pino from 'pino';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { openPathService } from '../../src/main/engine/path/index.ts';
import { startServer } from '../../src/server/index.ts';
import type { FamilyReport } from '../../src/shared/network.ts';
import type { TransportAddress } from '../../src/shared/words.ts';
import { startCoturn } from '../support/coturn.ts';
import { CountingOutside } from '../support/counting-outside.ts';
import { needProgram } from '../support/needs.ts';

/** A run that meets no filter takes no longer than the questions that are sent again, ms. */
const PATIENCE_MS = 5_000;

async function coturn(context: TestContext): Promise<TransportAddress> {
  const server = await startCoturn(await needProgram(context, 'turnserver', 'coturn'));
  onTestFinished(() => server.stop());
  return server.corners[0];
}

async function ownServer(): Promise<TransportAddress> {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    stunAlternateAddresses: [{ address: '127.0.0.2' }],
    stunAlternatePort: 0,
  });
  onTestFinished(() => server.close());
  return { address: '127.0.0.1', port: server.stunPort };
}

async function plainServer(): Promise<TransportAddress> {
  const server = await startServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  return { address: '127.0.0.1', port: server.stunPort };
}

async function discover(servers: readonly TransportAddress[]): Promise<FamilyReport> {
  const counting = new CountingOutside();
  const paths = openPathService({
    outside: counting.outside,
    includeLoopback: true,
    bindAddress: { IPv4: '127.0.0.1' },
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(() => paths.close());
  await paths.start();
  paths.setStunServers(servers.map(({ address, port }) => ({ host: address, port })));
  await vi.waitFor(() => {
    expect(paths.nat.behaviour('IPv4')?.allocation).toBeDefined();
    expect(paths.nat.running).toBe(false);
  }, PATIENCE_MS);
  const report = paths.nat.report('IPv4');
  await expect(paths.nat.sampleNextPort('IPv4')).resolves.toMatchObject({ address: '127.0.0.1' });
  await paths.close();
  expect([counting.sockets, counting.timers.size]).toEqual([0, 0]);
  return report;
}

const NO_NAT = {
  translated: false,
  mapping: 'endpoint-independent',
  filtering: 'endpoint-independent',
  allocation: { kind: 'preserving' },
};

describe('the discovery of NAT behaviour', () => {
  it("finds none with coturn's server", async (context) => {
    const report = await discover([await coturn(context)]);
    expect(report.behaviour).toEqual(NO_NAT);
    expect(report.untold).toBeUndefined();
  });

  it('finds none with our own', async () => {
    const report = await discover([await ownServer()]);
    expect(report.behaviour).toEqual(NO_NAT);
    expect(report.untold).toBeUndefined();
  });

  it('finds it also when a plain server is asked besides', async () => {
    const report = await discover([await plainServer(), await ownServer()]);
    expect(report.behaviour).toEqual(NO_NAT);
  });

  it('says what a plain server leaves open', async () => {
    const report = await discover([await plainServer()]);
    expect(report.behaviour).toEqual({ translated: false, allocation: { kind: 'preserving' } });
    expect(report.untold).toBe('plain-servers');
  });

  it('works over IPv6', async (context) => {
    if (!realOutside.network.hostAddresses().some(({ address }) => address === '::1')) {
      context.skip('this machine has no ::1');
    }
    const server = await startServer({ host: '::1', port: 0 });
    onTestFinished(() => server.close());
    const logger = pino({ level: 'silent' });
    const paths = openPathService({
      outside: realOutside,
      bindAddress: { IPv6: '::1' },
      includeLoopback: true,
      logger,
    });
    onTestFinished(() => paths.close());
    await paths.start();
    paths.setStunServers([{ host: '::1', port: server.stunPort }]);
    await vi.waitFor(() => {
      expect(paths.nat.behaviour('IPv6')).toEqual({ translated: false, allocation: { kind: 'preserving' } });
      expect(paths.nat.running).toBe(false);
    }, PATIENCE_MS);
    expect(paths.nat.report('IPv4')).toEqual({ untold: 'no-socket' });
    expect(await paths.nat.sampleNextPort('IPv6')).toMatchObject({ address: '::1' });
  });

  it('learns a port at once from the nearest server', async () => {
    const server = await ownServer();
    const paths = openPathService({
      outside: realOutside,
      includeLoopback: true,
      logger: pino({ level: 'silent' }),
    });
    onTestFinished(() => paths.close());
    await paths.start();
    expect(await paths.nat.sampleNextPort('IPv4')).toBeNull();
    paths.setStunServers([{ host: server.address, port: server.port }]);
    await vi.waitFor(() => expect(paths.udp()).toBe('works'));
    const [one, other] = [await paths.nat.sampleNextPort('IPv4'), await paths.nat.sampleNextPort('IPv4')];
    expect(one?.port).not.toBe(other?.port);
  });
});
