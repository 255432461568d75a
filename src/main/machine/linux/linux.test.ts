import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linuxBattery, linuxIdle, linuxNetworks } from './index.ts';
import { parseLogind } from './logind.ts';
import { parseNetworkManager } from './network-manager.ts';
import { isOnBattery, type PowerSupply, readPowerSupplies } from './power-supply.ts';

const NM = 'org.freedesktop.NetworkManager';
const never = new AbortController().signal;

interface Shape {
  readonly metered?: number;
  readonly state?: number;
  readonly id?: string;
  readonly ssid?: readonly number[];
}

/** What NetworkManager 1.42 tells through `busctl --json=short`, other properties cut out. */
function answer({
  metered = 4,
  state = 2,
  id = 'Home',
  ssid = [...Buffer.from('Home')],
}: Shape = {}): string {
  return JSON.stringify({
    type: 'a{oa{sa{sv}}}',
    data: [
      {
        '/org/freedesktop/NetworkManager': {
          [NM]: {
            Version: { type: 's', data: '1.42.4' },
            ActiveConnections: { type: 'ao', data: [`/${NM.replaceAll('.', '/')}/ActiveConnection/2`] },
            Metered: { type: 'u', data: metered },
          },
        },
        '/org/freedesktop/NetworkManager/ActiveConnection/1': {
          [`${NM}.Connection.Active`]: {
            Id: { type: 's', data: 'lo' },
            Type: { type: 's', data: 'loopback' },
            Devices: { type: 'ao', data: ['/org/freedesktop/NetworkManager/Devices/1'] },
            State: { type: 'u', data: 2 },
          },
        },
        '/org/freedesktop/NetworkManager/ActiveConnection/2': {
          [`${NM}.Connection.Active`]: {
            Id: { type: 's', data: id },
            Type: { type: 's', data: '802-11-wireless' },
            Devices: { type: 'ao', data: ['/org/freedesktop/NetworkManager/Devices/3'] },
            State: { type: 'u', data: state },
          },
        },
        '/org/freedesktop/NetworkManager/Devices/1': {
          [`${NM}.Device`]: { Interface: { type: 's', data: 'lo' } },
        },
        '/org/freedesktop/NetworkManager/Devices/3': {
          [`${NM}.Device`]: {
            Interface: { type: 's', data: 'wlp2s0' },
            Metered: { type: 'u', data: metered },
          },
          [`${NM}.Device.Wireless`]: {
            ActiveAccessPoint: { type: 'o', data: '/org/freedesktop/NetworkManager/AccessPoint/7' },
          },
        },
        '/org/freedesktop/NetworkManager/AccessPoint/7': {
          [`${NM}.AccessPoint`]: { Ssid: { type: 'ay', data: ssid } },
        },
      },
    ],
  });
}

describe('NetworkManager', () => {
  it('names the network and says that it is guessed to be free', () => {
    expect(parseNetworkManager(answer())).toEqual({
      metered: false,
      networks: [{ interfaceName: 'wlp2s0', name: 'Home' }],
    });
  });

  it.each([
    [0, undefined],
    [1, true],
    [2, false],
    [3, true],
    [4, false],
    [99, undefined],
  ])('metered %i means %s', (metered, meant) => {
    expect(parseNetworkManager(answer({ metered }))?.metered).toBe(meant);
  });

  it('tells both names of a connection that its user has renamed', () => {
    expect(parseNetworkManager(answer({ id: 'Work, third floor' }))?.networks).toEqual([
      { interfaceName: 'wlp2s0', name: 'Home' },
      { interfaceName: 'wlp2s0', name: 'Work, third floor' },
    ]);
  });

  it('knows a connection that begins, and none that ends', () => {
    expect(parseNetworkManager(answer({ state: 1 }))?.networks).toHaveLength(1);
    expect(parseNetworkManager(answer({ state: 3 }))?.networks).toEqual([]);
  });

  it('takes no line break and no turned text from a name that a stranger gave', () => {
    const ssid = [...Buffer.from('Ca\nfe\u202E\u0000'), 0xff, 0xfe];
    expect(parseNetworkManager(answer({ ssid, id: ' \u2028 ' }))?.networks).toEqual([
      { interfaceName: 'wlp2s0', name: 'Cafe\uFFFD\uFFFD' },
    ]);
  });

  it('says nothing for what is something else', () => {
    for (const text of [
      '',
      'null',
      '{}',
      '[]',
      '{"data":[{}]}',
      answer().slice(0, 300),
      '{"data":[{"__proto__":{}}]}',
    ])
      expect(parseNetworkManager(text)).toBeUndefined();
    fc.assert(fc.property(fc.json(), (text) => parseNetworkManager(`{"data":[${text}]}`) === undefined));
  });

  it('survives objects of another shape than its own', () => {
    const objects = JSON.parse(answer()).data[0] as Record<string, unknown>;
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(objects)), fc.jsonValue(), (path, value) => {
        parseNetworkManager(JSON.stringify({ data: [{ ...objects, [path]: value }] }));
      }),
    );
  });
});

describe('logind', () => {
  const told = (hint: boolean, sinceUs: number) =>
    JSON.stringify({
      type: 'a{sv}',
      data: [
        {
          IdleHint: { type: 'b', data: hint },
          IdleSinceHint: { type: 't', data: sinceUs },
          NCurrentSessions: 1,
        },
      ],
    });

  it('says since when nobody is there', () => {
    expect(parseLogind(told(true, 1_700_000_000_000_000), 1_700_000_090_000)).toBe(90);
  });

  it('says 0 while somebody is', () => {
    expect(parseLogind(told(false, 1_700_000_000_000_000), 1_700_000_090_000)).toBe(0);
  });

  it('is not there before it began when the clock was set back', () => {
    expect(parseLogind(told(true, 1_700_000_000_000_000), 1_600_000_000_000)).toBe(0);
  });

  it('knows of nobody for as long as one can think where there is no session', () => {
    expect(parseLogind(told(true, 0), 1_700_000_000_000)).toBe(1_700_000_000);
  });

  it('says nothing for what is something else', () => {
    for (const text of ['', '{}', '{"data":[]}', told(true, -1)])
      expect(parseLogind(text, 0)).toBeUndefined();
  });
});

describe('power supplies', () => {
  const supply = (type: string, rest: Partial<PowerSupply> = {}): PowerSupply => ({
    type,
    scope: '',
    online: '',
    present: '',
    status: '',
    ...rest,
  });

  it.each([
    [
      'a laptop that is plugged in',
      false,
      [supply('Mains', { online: '1' }), supply('Battery', { status: 'Charging' })],
    ],
    [
      'a laptop that is not',
      true,
      [supply('Mains', { online: '0' }), supply('Battery', { status: 'Discharging' })],
    ],
    [
      'one that was unplugged a moment ago',
      true,
      [supply('Mains', { online: '0' }), supply('Battery', { status: 'Full' })],
    ],
    [
      'one with USB-C',
      false,
      [supply('Mains', { online: '0' }), supply('USB', { online: '2' }), supply('Battery')],
    ],
    [
      'one whose outlet is told of wrongly',
      false,
      [supply('USB', { online: '0' }), supply('Battery', { status: 'Charging' })],
    ],
    ['a battery alone', true, [supply('Battery', { present: '1', status: 'Discharging' })]],
    ['a desktop', false, []],
    ['a desktop with a mouse', false, [supply('Battery', { scope: 'Device', status: 'Discharging' })]],
    ['a desktop with an empty USB-C port', false, [supply('USB', { online: '0' })]],
    [
      'a laptop without its battery',
      false,
      [supply('Mains', { online: '0' }), supply('Battery', { present: '0' })],
    ],
  ])('%s: on battery %s', (_, expected, supplies) => {
    expect(isOnBattery(supplies)).toBe(expected);
  });
});

describe('a Linux machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byway-machine-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const interfaces = { names: ['eth0', 'wlp2s0'], fingerprint: '' };
  const silent = async () => undefined;

  function sysfs(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }

  it('tells its battery from files that may be missing or unreadable', async () => {
    sysfs({
      'AC/type': 'Mains\n',
      'AC/online': '0\n',
      'BAT0/type': 'Battery\n',
      'BAT0/status': 'Discharging\n',
    });
    expect(await linuxBattery(folder)(interfaces, never)).toEqual({ onBattery: true });
    chmodSync(join(folder, 'AC/online'), 0);
    rmSync(join(folder, 'BAT0/type'));
    expect(await readPowerSupplies(never, folder)).toHaveLength(2);
    expect(await linuxBattery(join(folder, 'none'))(interfaces, never)).toBeUndefined();
  });

  it('knows all its networks, named and nameless, and whether they are metered', async () => {
    const told = await linuxNetworks(async () => answer({ metered: 1 }), folder)(interfaces, never);
    expect(told).toEqual({
      metered: true,
      networks: [{ interfaceName: 'wlp2s0', name: 'Home' }, { interfaceName: 'eth0' }],
    });
  });

  it('knows them without NetworkManager where none is wireless, and says nothing of metering', async () => {
    expect(await linuxNetworks(silent, folder)(interfaces, never)).toEqual({
      networks: [{ interfaceName: 'eth0' }, { interfaceName: 'wlp2s0' }],
    });
    mkdirSync(join(folder, 'wlp2s0/phy80211'), { recursive: true });
    expect(await linuxNetworks(silent, folder)(interfaces, never)).toBeUndefined();
  });

  it('knows nothing of people where logind does not answer', async () => {
    expect(await linuxIdle(silent, () => 0)(interfaces, never)).toBeUndefined();
    expect(
      await linuxIdle(
        async () => 'nonsense',
        () => 0,
      )(interfaces, never),
    ).toBeUndefined();
  });
});
