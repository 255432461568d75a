import { afterEach, describe, expect, it, vi } from 'vitest';
import { CountingOutside } from '../../../../test/support/counting-outside.ts';
import { AskingApp } from './testing/asking-app.ts';
import { IgdRouter } from './testing/igd-router.ts';
import { PortControlRouter } from './testing/port-control-router.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function portControl(): Promise<PortControlRouter> {
  const router = await PortControlRouter.open();
  closers.push(() => router.close());
  return router;
}

async function gateway(): Promise<IgdRouter> {
  const router = await IgdRouter.open();
  closers.push(() => router.close());
  return router;
}

/** Asks; when the test is over everything that was opened must be closed. */
function app(
  ...[ports, counting = new CountingOutside()]: [{ portControl?: number; ssdp?: number }, CountingOutside?]
) {
  const asking = new AskingApp(ports, counting.outside);
  closers.push(async () => {
    await asking.mappings.close();
    expect({ sockets: counting.sockets, timers: counting.timers.size }).toEqual({ sockets: 0, timers: 0 });
  });
  asking.mappings.start();
  return asking;
}

const settled = (asking: AskingApp) =>
  vi.waitFor(() => expect(asking.state).not.toBe('asking'), { timeout: 15_000, interval: 20 });

describe('a router that maps ports', () => {
  it('is asked by PCP first', async () => {
    const router = await portControl();
    const asking = app({ portControl: router.port });

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    const external = { address: '198.51.100.7', port: 40_123 };
    expect(asking.mappings.report()).toEqual({ state: 'mapped', protocol: 'pcp', external });
    expect(asking.mappings.offered()).toEqual([external]);
    expect(router.mappings.get(40_123)).toEqual({ externalPort: 40_123, lifetimeS: 1_200 });
    expect(router.wishes).toEqual([
      { protocol: 'pcp', internalPort: 40_123, wanted: 40_123, lifetimeS: 1_200 },
    ]);
  });

  it('is asked by NAT-PMP where it speaks no PCP, and another port than ours is taken', async () => {
    const router = await portControl();
    router.speaks.pcp = false;
    router.portOffset = 5;
    const asking = app({ portControl: router.port });

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    expect(asking.mappings.report()).toMatchObject({ protocol: 'nat-pmp', external: { port: 40_128 } });
  });

  it.each([
    [1, 'WANIPConnection'],
    [2, 'WANIPConnection'],
    [1, 'WANPPPConnection'],
  ] as const)('is asked by UPnP, version %i of %s', async (version, service) => {
    const router = await gateway();
    Object.assign(router, { version, service });
    const asking = app({ ssdp: router.ssdpPort });

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    const external = { address: '198.51.100.7', port: 40_123 };
    expect(asking.mappings.report()).toEqual({ state: 'mapped', protocol: 'upnp-igd', external });
    expect(router.mappings.get(40_123)).toEqual({
      internalClient: '127.0.0.1',
      internalPort: 40_123,
      leaseS: 1_200,
    });
  });

  it('gets its mapping back at the end', async () => {
    const [router, upnp] = [await portControl(), await gateway()];
    const asking = app({ portControl: router.port });
    const other = app({ ssdp: upnp.ssdpPort });
    await vi.waitFor(() => expect([asking.state, other.state]).toEqual(['mapped', 'mapped']));

    await Promise.all([asking.mappings.close(), other.mappings.close()]);

    expect(router.mappings.size).toBe(0);
    expect(upnp.mappings.size).toBe(0);
  });

  it('gets its mapping back when the setting is changed', async () => {
    const router = await portControl();
    const asking = app({ portControl: router.port });
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    asking.mappings.setAsks(false);

    expect(asking.state).toBe('off');
    await vi.waitFor(() => expect(router.mappings.size).toBe(0));
    expect(asking.mappings.offered()).toEqual([]);
    asking.mappings.setAsks(true);
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
  });
});

describe('where there is nothing to ask for', () => {
  it('nobody is asked while no STUN server sees us elsewhere', async () => {
    const router = await portControl();
    const counting = new CountingOutside();
    const asking = app({ portControl: router.port }, counting);
    asking.seen = [];
    await vi.waitFor(() => expect(asking.state).toBe('unneeded'));

    asking.seen = ['198.51.100.7'];
    asking.mappings.reconsider();

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
  });

  it('a network without a router says so in time', async () => {
    const asking = app({});

    await settled(asking);

    expect(asking.mappings.report()).toEqual({ state: 'none' });
  });

  it('a router that refuses is told apart from none', async () => {
    const [router, upnp] = [await portControl(), await gateway()];
    router.result = 2;
    upnp.refuses.set('AddPortMapping', () => 606);
    const asking = app({ portControl: router.port, ssdp: upnp.ssdpPort });

    await settled(asking);

    expect(asking.mappings.report()).toEqual({ state: 'refused' });
    expect(new Set(router.wishes.map(({ protocol }) => protocol))).toEqual(new Set(['pcp', 'nat-pmp']));
    expect(upnp.actions).toContain('AddPortMapping');
    expect(router.mappings.size).toBe(0);
  });
});
