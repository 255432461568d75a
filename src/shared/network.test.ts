import { expect, it } from 'vitest';
import { NetworkReport } from './network.ts';

const nothingKnown: NetworkReport = {
  at: 1_700_000_000_000,
  running: true,
  udp: 'unknown',
  captivePortal: 'unknown',
  IPv4: { untold: 'asking' },
  IPv6: { untold: 'no-socket' },
  router: { state: 'asking' },
};

it('takes a report of which nothing is known yet', () => {
  expect(NetworkReport.parse(nothingKnown)).toEqual(nothingKnown);
});

it('takes a NAT that allocates in sequence, and refuses a stride that is none', () => {
  const withStride = (stride: number) => ({
    ...nothingKnown,
    IPv4: { behaviour: { translated: true, allocation: { kind: 'sequential', stride } } },
  });

  expect(NetworkReport.safeParse(withStride(-2)).success).toBe(true);
  expect(NetworkReport.safeParse(withStride(1.5)).success).toBe(false);
  expect(NetworkReport.safeParse(withStride(65)).success).toBe(false);
});
