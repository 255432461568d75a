/**
 * Who has which address. miniupnpd maps no port for an external address that is reserved, those for documentation included, so the lab's
 * internet has some of a network that nobody announces.
 */
export const ROUTER = {
  outside: '11.1.1.1',
  inside: '192.168.77.1',
  insideIpv6: '2001:db8:77::1',
} as const;
export const HOME_NETWORK = 24;
export const HOST = { address: '192.168.77.2', ipv6: '2001:db8:77::2' } as const;
export const STUN_SERVER = {
  address: '11.1.2.10',
  other: '11.1.2.11',
  ipv6: '2001:db8:2::10',
  port: 3478,
} as const;
