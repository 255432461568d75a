import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Home, hurried } from '../../../../test/support/router-home.ts';
import { ImpatientClock } from '../../../../test/support/users.ts';
import { MAX_OTHER_PORTS, MIN_RENEWAL_MS, RENEWAL_FRESH_MS } from './constants.ts';
import type { AskingApp } from './testing/asking-app.ts';
import type { PortControlRouter } from './testing/port-control-router.ts';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

const settled = (asking: AskingApp) =>
  vi.waitFor(() => expect(asking.state).not.toBe('asking'), { timeout: 15_000, interval: 20 });

describe('a router that maps ports', () => {
  it('is asked by PCP first', async () => {
    const router = await home.portControl();
    const asking = home.app({ portControl: router.port });

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
    const router = await home.portControl();
    router.speaks.pcp = false;
    router.portOffset = 5;
    const asking = home.app({ portControl: router.port });

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    expect(asking.mappings.report()).toMatchObject({ protocol: 'nat-pmp', external: { port: 40_128 } });
  });

  it.each([
    [1, 'WANIPConnection'],
    [2, 'WANIPConnection'],
    [1, 'WANPPPConnection'],
  ] as const)('is asked by UPnP, version %i of %s', async (version, service) => {
    const router = await home.gateway();
    Object.assign(router, { version, service });
    const asking = home.app({ ssdp: router.ssdpPort });

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
    const [router, upnp] = [await home.portControl(), await home.gateway()];
    const asking = home.app({ portControl: router.port });
    const other = home.app({ ssdp: upnp.ssdpPort });
    await vi.waitFor(() => expect([asking.state, other.state]).toEqual(['mapped', 'mapped']));

    await Promise.all([asking.mappings.close(), other.mappings.close()]);

    expect(router.mappings.size).toBe(0);
    expect(upnp.mappings.size).toBe(0);
  });

  it('gets its mapping back when the setting is changed', async () => {
    const router = await home.portControl();
    const asking = home.app({ portControl: router.port });
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    asking.mappings.setAsks(false);

    expect(asking.state).toBe('off');
    await vi.waitFor(() => expect(router.mappings.size).toBe(0));
    expect(asking.mappings.offered()).toEqual([]);
    asking.mappings.setAsks(true);
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
  });
});

describe('a mapping that is kept', () => {
  /** What is farther away than this waits for the test's word, ms: renewals do, questions do not. */
  const LONG_MS = 4_000;
  /** Half of the lease of 1,200 s. */
  const RENEWAL_MS = 600_000;

  function keptApp(router: PortControlRouter): { asking: AskingApp; clock: ImpatientClock } {
    const clock = new ImpatientClock(LONG_MS);
    const asking = home.app({ portControl: router.port }, () => clock.outside.clock);
    return { asking, clock };
  }

  it('is renewed at half of its lease, with the port it has', async () => {
    const router = await home.portControl();
    router.portOffset = 5;
    const { asking, clock } = keptApp(router);
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
    router.portOffset = 0;

    await vi.waitFor(() => expect(clock.fire(RENEWAL_MS)).toBe(1));

    await vi.waitFor(() => expect(router.wishes.map(({ wanted }) => wanted)).toEqual([40_123, 40_128]));
    expect(asking.mappings.report().external?.port).toBe(40_128);
  });

  it('is renewed at half of the lease the router gave, when that is shorter', async () => {
    const router = await home.portControl();
    router.lifetimeS = 30;
    const { asking, clock } = keptApp(router);
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    await vi.waitFor(() => expect(clock.fire(15_000)).toBe(1));

    await vi.waitFor(() => expect(router.wishes).toHaveLength(2));
  });

  it.each([0, 1])('is not renewed without a pause when its lease is %i s', async (lifetimeS) => {
    const router = await home.portControl();
    router.lifetimeS = lifetimeS;
    const { asking, clock } = keptApp(router);
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    await vi.waitFor(() => expect(clock.fire(MIN_RENEWAL_MS)).toBe(1));

    await vi.waitFor(() => expect(router.wishes).toHaveLength(2));
  });

  it('is proved anew when the router’s clock says that it forgot everything', async () => {
    const router = await home.portControl();
    const { asking, clock } = keptApp(router);
    asking.proves = async () => true;
    await vi.waitFor(() => expect(asking.state).toBe('proved'));
    const proofs = vi.fn(async () => undefined);
    asking.proves = proofs;
    router.epochS = 3;

    await vi.waitFor(() => expect(clock.fire(RENEWAL_MS)).toBe(1));

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
    expect(proofs).toHaveBeenCalledOnce();
  });

  it('is asked for elsewhere when the network changed, and stays when it did not', async () => {
    const router = await home.portControl();
    const { asking } = keptApp(router);
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    asking.mappings.lookAgain();
    await vi.waitFor(() => expect(router.wishes).toHaveLength(2));
    expect(router.mappings.size).toBe(1);

    asking.routers = [];
    asking.mappings.lookAgain();
    await vi.waitFor(() => expect(asking.state).toBe('none'));
    expect(router.mappings.size).toBe(0);
  });

  it.each(['refuses', 'is silent'] as const)(
    'is withdrawn when the router %s, and asked for anew',
    async (what) => {
      const router = await home.portControl();
      const clock = new ImpatientClock(LONG_MS);
      const asking = home.app({ portControl: router.port }, () => hurried(clock.outside.clock));
      await vi.waitFor(() => expect(asking.state).toBe('mapped'));
      if (what === 'refuses') router.result = 3;
      else router.speaks = { pcp: false, natPmp: false };

      await vi.waitFor(() => expect(clock.fire(RENEWAL_MS / 5)).toBe(1));

      const outcome = what === 'refuses' ? 'refused' : 'none';
      await vi.waitFor(() => expect(asking.state).toBe(outcome), { timeout: 8_000 });
      expect(asking.mappings.offered()).toEqual([]);
      router.result = 0;
      router.speaks.natPmp = true;
      asking.mappings.lookAgain();
      await vi.waitFor(() => expect(asking.state).toBe('mapped'));
    },
  );

  it('is renewed for a call that begins only when it is not fresh', async () => {
    const router = await home.portControl();
    let nowMs = 0;
    const clock = new ImpatientClock(LONG_MS);
    const asking = home.app({ portControl: router.port }, () => ({
      ...clock.outside.clock,
      now: () => nowMs,
    }));
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    asking.mappings.look();
    nowMs = RENEWAL_FRESH_MS + 1;
    asking.mappings.look();
    asking.mappings.look();

    await vi.waitFor(() => expect(router.wishes).toHaveLength(2));
  });
});

describe('a router that gives nothing', () => {
  function refusedApp(router: PortControlRouter) {
    const time = { nowMs: 0 };
    const asking = home.app({ portControl: router.port }, (real) => ({
      ...hurried(real),
      now: () => time.nowMs,
    }));
    return { asking, time };
  }

  /** Until the router was asked so often, and has been left to rest. */
  async function untilRefused(asking: AskingApp, router: PortControlRouter, wishes: number): Promise<void> {
    // A wish for no time at all takes a mapping back.
    const wished = () => router.wishes.filter(({ lifetimeS }) => lifetimeS > 0).length;
    await vi.waitFor(() => expect(wished()).toBe(wishes), { timeout: 5_000 });
    await vi.waitFor(() => expect(asking.state).toBe('refused'), { timeout: 15_000 });
  }

  it('is asked again by calls that begin, after longer and longer pauses', async () => {
    const router = await home.portControl();
    router.speaks.natPmp = false;
    router.result = 2;
    const { asking, time } = refusedApp(router);
    await untilRefused(asking, router, 1);

    let wishes = 1;
    for (const pauseMs of [60_000, 120_000, 240_000]) {
      time.nowMs += pauseMs;
      asking.mappings.look();
      expect(asking.state).toBe('refused');
      time.nowMs++;
      asking.mappings.look();
      await untilRefused(asking, router, ++wishes);
    }
  }, 60_000);

  it('is asked at once when the network changed', async () => {
    const router = await home.portControl();
    router.result = 2;
    router.speaks.natPmp = false;
    const { asking } = refusedApp(router);
    await untilRefused(asking, router, 1);

    asking.mappings.look();
    asking.mappings.lookAgain();

    await untilRefused(asking, router, 2);
  }, 30_000);
});

describe('a proof that is under way', () => {
  it('ends when nothing is asked of routers any more', async () => {
    const router = await home.portControl();
    const asking = home.app({ portControl: router.port });
    let proving: AbortSignal | undefined;
    asking.proves = (_external, signal) => {
      proving = signal;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    };
    await vi.waitFor(() => expect(proving).toBeDefined());

    asking.mappings.setAsks(false);

    expect(proving?.aborted).toBe(true);
  });
});

describe('a UPnP gateway with ways of its own', () => {
  it('whose port is taken gets another one mapped', async () => {
    const router = await home.gateway();
    router.refuses.set('AddPortMapping', (values) =>
      values.get('NewExternalPort') === '40123' ? 718 : undefined,
    );
    const asking = home.app({ ssdp: router.ssdpPort });

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    const port = asking.mappings.report().external?.port ?? 0;
    expect(port).toBeGreaterThanOrEqual(49_152);
    expect([...router.mappings.keys()]).toEqual([port]);
  });

  it.each([725, 402])('that knows permanent leases only (%i) gets one, and gets it back', async (code) => {
    const router = await home.gateway();
    router.refuses.set('AddPortMapping', (values) =>
      values.get('NewLeaseDuration') === '0' ? undefined : code,
    );
    const asking = home.app({ ssdp: router.ssdpPort });
    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
    expect(router.mappings.get(40_123)?.leaseS).toBe(0);

    await asking.mappings.close();

    expect(router.mappings.size).toBe(0);
  });

  it('that claims version 2 without its action is asked as version 1', async () => {
    const router = await home.gateway();
    router.version = 2;
    router.refuses.set('AddAnyPortMapping', () => 401);
    const asking = home.app({ ssdp: router.ssdpPort });

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));

    expect([...router.mappings.keys()]).toEqual([40_123]);
  });

  it('that refuses every port is given up after a few', async () => {
    const router = await home.gateway();
    router.refuses.set('AddPortMapping', () => 718);
    const asking = home.app({ ssdp: router.ssdpPort }, hurried);

    await settled(asking);

    expect(asking.state).toBe('refused');
    expect(router.actions.filter((action) => action === 'AddPortMapping')).toHaveLength(MAX_OTHER_PORTS + 1);
  });

  it('whose connection is down is not asked for ports', async () => {
    const router = await home.gateway();
    router.status = 'Disconnected';
    const asking = home.app({ ssdp: router.ssdpPort }, hurried);

    await settled(asking);

    expect(asking.state).toBe('none');
    expect(router.actions).not.toContain('AddPortMapping');
  });
});

describe('where there is nothing to ask for', () => {
  it('nobody is asked while no STUN server sees us elsewhere', async () => {
    const router = await home.portControl();
    const asking = home.app({ portControl: router.port });
    asking.seen = [];
    await vi.waitFor(() => expect(asking.state).toBe('unneeded'));

    asking.seen = ['198.51.100.7'];
    asking.mappings.reconsider();

    await vi.waitFor(() => expect(asking.state).toBe('mapped'));
  });

  it('a network without a router says so in time', async () => {
    const asking = home.app({}, hurried);

    await settled(asking);

    expect(asking.mappings.report()).toEqual({ state: 'none' });
  });

  it('a router that refuses is told apart from none', async () => {
    const [router, upnp] = [await home.portControl(), await home.gateway()];
    router.result = 2;
    upnp.refuses.set('AddPortMapping', () => 606);
    const asking = home.app({ portControl: router.port, ssdp: upnp.ssdpPort }, hurried);

    await settled(asking);

    expect(asking.mappings.report()).toEqual({ state: 'refused' });
    expect(new Set(router.wishes.map(({ protocol }) => protocol))).toEqual(new Set(['pcp', 'nat-pmp']));
    expect(upnp.actions).toContain('AddPortMapping');
    expect(router.mappings.size).toBe(0);
  });
});
