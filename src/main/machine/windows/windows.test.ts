import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsFacts } from './index.ts';
import { parseNetsh } from './netsh.ts';
import { parsePowerShell, powerShellQuestion } from './power-shell.ts';

const never = new AbortController().signal;

const ENGLISH = `
There is 1 interface on the system:

    Name                   : Wi-Fi
    Description            : Intel(R) Wi-Fi 6 AX201 160MHz
    GUID                   : 11111111-2222-3333-4444-555555555555
    Physical address       : 02:00:00:00:00:01
    Interface type         : Primary
    State                  : connected
    SSID                   : Corner: Café
    AP BSSID               : 02:00:00:00:00:02
    Network type           : Infrastructure
    Authentication         : WPA2-Personal
    Profile                : Corner: Café

    Hosted network status  : Not available
`;
const FRENCH = ENGLISH.replace('Name    ', 'Nom     ')
  .replace('State', 'État ')
  .replace('There is 1 interface', 'Il existe 1 interface')
  .replaceAll('\n', '\r\n');
const DISCONNECTED = ENGLISH.split('\n')
  .filter((line) => !/SSID|Profile|Network type|Authent/.test(line))
  .join('\n')
  .replace(': connected', ': disconnected');

describe('netsh', () => {
  it.each([
    ['English', ENGLISH],
    ['French', FRENCH],
  ])('names the network in %s', (_, text) => {
    expect(parseNetsh(text)).toEqual([{ interfaceName: 'Wi-Fi', name: 'Corner: Café' }]);
  });

  it('tells two interfaces apart', () => {
    const second = ENGLISH.replaceAll('Wi-Fi\n', 'Wi-Fi 2\n').replaceAll('Corner: Café', 'Home');
    expect(parseNetsh(ENGLISH + second)).toEqual([
      { interfaceName: 'Wi-Fi', name: 'Corner: Café' },
      { interfaceName: 'Wi-Fi 2', name: 'Home' },
    ]);
  });

  it('knows none where there is no connection, no permission and no Wi-Fi', () => {
    for (const text of [
      DISCONNECTED,
      'Network shell commands need location permission to access WLAN information.\r\n',
      'The Wireless AutoConfig Service (wlansvc) is not running.\r\n',
      '',
    ])
      expect(parseNetsh(text)).toEqual([]);
  });

  it('reads anything to its end', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(parseNetsh(text))));
    expect(parseNetsh(`    A${' '.repeat(1_000_000)}`)).toEqual([]);
  });
});

describe('PowerShell', () => {
  const told = (changes: object = {}) =>
    JSON.stringify({
      cost: 'Unrestricted',
      roaming: false,
      networks: [{ interface: 'Wi-Fi', name: 'Home 2' }],
      batteries: [2],
      ...changes,
    });

  it('tells network, price and battery, with or without a byte order mark', () => {
    const facts = {
      networks: [{ interfaceName: 'Wi-Fi', name: 'Home 2' }],
      metered: false,
      onBattery: false,
    };
    expect(parsePowerShell(`${told()}\r\n`)).toEqual(facts);
    expect(parsePowerShell(`\uFEFF${told()}`)).toEqual(facts);
  });

  it.each([
    ['Fixed', false, true],
    ['Variable', false, true],
    ['Unrestricted', true, true],
    ['Unrestricted', false, false],
    ['Unknown', false, undefined],
    [undefined, undefined, undefined],
  ])('cost %s, roaming %s: metered %s', (cost, roaming, metered) => {
    expect(parsePowerShell(told({ cost, roaming }))?.metered).toBe(metered);
  });

  it('leaves out the battery where it was not asked for, and knows one that is used up', () => {
    expect(parsePowerShell(told({ batteries: undefined }))?.onBattery).toBeUndefined();
    expect(parsePowerShell(told({ batteries: [5] }))?.onBattery).toBe(true);
    expect(parsePowerShell(told({ batteries: [] }))?.onBattery).toBe(false);
  });

  it('says nothing for what is something else', () => {
    for (const text of [
      '',
      'null',
      told().slice(0, 40),
      '{"networks":{}}',
      'Get-NetConnectionProfile : Access denied',
    ])
      expect(parsePowerShell(text)).toBeUndefined();
    fc.assert(fc.property(fc.json(), (text) => void parsePowerShell(text)));
  });

  it('is asked without anything that a command line would take apart', () => {
    const [script = ''] = powerShellQuestion({ batteries: true }).slice(-1);
    expect(script).toContain('Win32_Battery');
    expect(script).not.toContain('"');
    expect(powerShellQuestion({ batteries: false }).join()).not.toContain('Win32_Battery');
  });

  it('and netsh together know all names of a network, and interfaces without any', async () => {
    const ask = async (program: string) => (program.includes('netsh') ? ENGLISH : told());
    const interfaces = { names: ['Ethernet', 'Wi-Fi'], fingerprint: '' };
    expect(await windowsFacts(ask, { batteries: false })(interfaces, never)).toMatchObject({
      networks: [
        { interfaceName: 'Wi-Fi', name: 'Home 2' },
        { interfaceName: 'Wi-Fi', name: 'Corner: Café' },
        { interfaceName: 'Ethernet' },
      ],
    });
    expect(
      await windowsFacts(async () => undefined, { batteries: false })(interfaces, never),
    ).toBeUndefined();
  });
});
