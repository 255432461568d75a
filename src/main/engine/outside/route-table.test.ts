import { describe, expect, it } from 'vitest';
import { defaultRoutesOfIpv4, defaultRoutesOfIpv6 } from './route-table.ts';
import { guessedRouters } from './routers.ts';

const IPV4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	FE01A8C0	0003	0	0	100	00000000	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
down0	00000000	0100000A	0002	0	0	1	00000000	0	0	0
`;

const ZERO = '0'.repeat(32);
const IPV6 = `${ZERO} 00 ${ZERO} 00 fe80000000000000021a2bfffe3c4d5e 00000400 00000001 00000000 00000003     eth0
20010db8000000000000000000000000 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 00000001     eth0
${ZERO} 00 ${ZERO} 00 ${ZERO} ffffffff 00000001 00000000 00200200       lo
`;

describe('Linux’s routes', () => {
  // The tables are written in the byte order of the machines that tests run on.
  it('name the IPv4 routers, the preferred one first', () => {
    expect(defaultRoutesOfIpv4(IPV4)).toEqual([
      { interfaceName: 'eth0', gateway: '192.168.1.254', metric: 100 },
      { interfaceName: 'wlan0', gateway: '192.168.1.1', metric: 600 },
    ]);
  });

  it('name the IPv6 router', () => {
    expect(defaultRoutesOfIpv6(IPV6)).toEqual([
      { interfaceName: 'eth0', gateway: 'fe80::21a:2bff:fe3c:4d5e', metric: 0x400 },
    ]);
  });

  it('may be anything', () => {
    for (const table of ['', '\n\n', 'a b c', `${IPV4.replaceAll('00000000', 'zzzzzzzz')}`]) {
      expect(defaultRoutesOfIpv4(table)).toEqual([]);
      expect(defaultRoutesOfIpv6(table)).toEqual([]);
    }
  });
});

describe('where the routes are not told', () => {
  const local = (address: string, cidr: string | null) => ({
    interfaceName: 'en0',
    family: 'IPv4' as const,
    address,
    cidr,
  });

  it('the first address of each network is guessed, then the last', () => {
    const guesses = guessedRouters([
      local('192.168.1.20', '192.168.1.20/24'),
      local('10.1.2.3', '10.1.2.3/16'),
    ]);
    expect(guesses.map(({ address }) => address)).toEqual([
      '192.168.1.1',
      '10.1.0.1',
      '192.168.1.254',
      '10.1.255.254',
    ]);
    expect(guesses.every(({ certain }) => !certain)).toBe(true);
  });

  it('nothing is guessed of ourselves, nor where the network is too small or too wide', () => {
    expect(guessedRouters([local('192.168.1.1', '192.168.1.1/24')]).map(({ address }) => address)).toEqual([
      '192.168.1.254',
    ]);
    for (const cidr of [null, '10.0.0.1/8', '10.0.0.1/31', '10.0.0.1/32']) {
      expect(guessedRouters([local('10.0.0.1', cidr)])).toEqual([]);
    }
  });
});
