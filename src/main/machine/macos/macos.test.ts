import { describe, expect, it } from 'vitest';
import { macBattery, macIdle, macNetworks } from './index.ts';
import { parseIdleTime, parsePowerSource, parseSummary } from './parsers.ts';

const never = new AbortController().signal;

const WIFI = `<dictionary> {
  BSSID : <redacted>
  Hashed-BSSID : 02:00:00:00:00:02
  IPv4 : <array> {
    0 : <dictionary> {
      Addresses : <array> {
        0 : 192.168.1.20
      }
      NetworkSignature : IPv4.Router=192.168.1.1
      SSID : not this one
    }
  }
  InterfaceType : WiFi
  LinkStatusActive : TRUE
  NetworkID : 11111111-2222-3333-4444-555555555555
  SSID : Corner: Café
  Security : WPA2_PSK
}
`;
const CABLE = `<dictionary> {
  InterfaceType : Ethernet
  LinkStatusActive : TRUE
}
`;
const BATTERY = `Now drawing from 'Battery Power'
 -InternalBattery-0 (id=1234567)\t85%; discharging; 4:10 remaining present: true
`;
const IDLE = `+-o IOHIDSystem  <class IOHIDSystem, id 0x100000abc, registered, matched, active>
    {
      "HIDIdleTime" = 90500000000
      "HIDKeyboardModifierMappingPairs" = ()
    }
`;

describe('ipconfig', () => {
  it('names the Wi-Fi network, not what looks like it further in', () => {
    expect(parseSummary(WIFI)).toEqual({ isWifi: true, name: 'Corner: Café' });
  });

  it('knows that there is a name that it may not tell', () => {
    expect(parseSummary(WIFI.replace('Corner: Café', '<redacted>'))).toEqual({ isWifi: true });
  });

  it('knows a cable, and nothing of an interface that is not there', () => {
    expect(parseSummary(CABLE)).toEqual({ isWifi: false });
    expect(parseSummary('')).toEqual({ isWifi: false });
  });
});

describe('a Mac', () => {
  const interfaces = { names: ['en0', 'en5', 'utun3'], fingerprint: '' };
  const asks = (wifi: string | undefined) => async (_: string, args: readonly string[]) =>
    args.includes('en0') ? wifi : CABLE;

  it('knows its networks', async () => {
    expect(await macNetworks(asks(WIFI))(interfaces, never)).toEqual({
      networks: [
        { interfaceName: 'en0', name: 'Corner: Café' },
        { interfaceName: 'en5' },
        { interfaceName: 'utun3' },
      ],
    });
  });

  it('leaves them out where the name is kept from it', async () => {
    const told = await macNetworks(asks(WIFI.replace('Corner: Café', '<redacted>')))(interfaces, never);
    expect(told).toEqual({ networks: undefined });
    expect(await macNetworks(asks(undefined))(interfaces, never)).toBeUndefined();
  });

  it.each([
    [BATTERY, true],
    ["Now drawing from 'UPS Power'\n", true],
    ["Now drawing from 'AC Power'\n -InternalBattery-0 (id=1)\t100%; charged\n", false],
    ['No power source\n', undefined],
    ['', undefined],
  ])('knows its power source: %j', async (text, onBattery) => {
    expect(parsePowerSource(text)).toBe(onBattery);
    const told = await macBattery(async () => text)(interfaces, never);
    expect(told).toEqual(onBattery === undefined ? undefined : { onBattery });
  });

  it('knows since when nobody has touched it', async () => {
    expect(parseIdleTime(IDLE)).toBe(90.5);
    expect(parseIdleTime('"HIDIdleTime" = <0000>')).toBeUndefined();
    expect(await macIdle(async () => IDLE)(interfaces, never)).toEqual({ idleS: 90.5 });
    expect(await macIdle(async () => '')(interfaces, never)).toBeUndefined();
  });
});
