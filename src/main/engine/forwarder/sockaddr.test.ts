import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { lengthOf, readSockaddr, writeSockaddr } from './sockaddr.ts';

test.each([
  ['192.0.2.1', 1, 16],
  ['255.255.255.255', 65_535, 16],
  ['2001:db8::1', 4_000, 28],
  ['::', 0, 28],
])('%s port %i is written and read', (address, port, length) => {
  const written = writeSockaddr(address, port);
  expect(written && readSockaddr(written)).toEqual({ address, port });
  expect(written && lengthOf(written)).toBe(length);
});

test('what is no address, or is of a link that is not there, is not written', () => {
  for (const address of ['', 'localhost', '1.2.3', 'fe80::1%nowhere'])
    expect(writeSockaddr(address, 1)).toBeNull();
});

test('an address of a link keeps its zone', () => {
  const link = Object.entries(networkInterfaces()).find(([, entries]) =>
    entries?.some((entry) => entry.family === 'IPv6' && entry.scopeid),
  )?.[0];
  // A machine without any IPv6 link has nothing to try this on.
  if (link === undefined) return;
  const address = `fe80::1%${link}`;
  const written = writeSockaddr(address, 5);
  expect(written && readSockaddr(written)).toEqual({ address, port: 5 });
});
