import { describe, expect, it } from 'vitest';
import { readConnectionServices } from './igd-description.ts';
import { readSearchAnswer } from './ssdp.ts';

const ROUTER = '192.168.1.1';

function searchAnswer(
  location: string,
  target = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\nst:${target}\r\nLocation: ${location}\r\n\r\n`);
}

function description(controlUrl: string, urlBase = ''): string {
  return `<root>${urlBase && `<URLBase>${urlBase}</URLBase>`}<device><serviceList><service>
    <serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
    <controlURL>${controlUrl}</controlURL></service></serviceList></device></root>`;
}

const LOCATION = { port: 5000, path: '/a/root.xml' };

describe('where a gateway says that it is', () => {
  it('is on the machine that said so', () => {
    expect(readSearchAnswer(searchAnswer('http://192.168.1.1:5000/root.xml?a=b'), ROUTER)).toEqual({
      port: 5000,
      path: '/root.xml?a=b',
    });
    expect(readSearchAnswer(searchAnswer('http://192.168.1.1'), ROUTER)).toEqual({ port: 80, path: '/' });
  });

  it.each([
    'http://192.168.1.9:5000/root.xml',
    'http://127.0.0.1/root.xml',
    'http://router.local/root.xml',
    'http://192.168.1.1@192.168.1.9/root.xml',
    'http://user:word@192.168.1.1/root.xml',
    'https://192.168.1.1/root.xml',
    'file:///etc/passwd',
    'http://192.168.1.1:0/root.xml',
    'http://192.168.1.1:99999/root.xml',
    `http://192.168.1.1/${'a'.repeat(600)}`,
    '//192.168.1.1/root.xml',
    '',
  ])('is not believed as %s', (location) => {
    expect(readSearchAnswer(searchAnswer(location), ROUTER)).toBeNull();
  });

  it('is of no interest for what is no gateway', () => {
    const location = 'http://192.168.1.1/root.xml';
    expect(readSearchAnswer(searchAnswer(location, 'upnp:rootdevice'), ROUTER)).toBeNull();
    expect(readSearchAnswer(Buffer.from('NOTIFY * HTTP/1.1\r\n\r\n'), ROUTER)).toBeNull();
  });
});

describe('where a gateway is controlled', () => {
  it.each([
    ['/ctl', '', { port: 5000, path: '/ctl' }],
    ['ctl', '', { port: 5000, path: '/a/ctl' }],
    ['http://192.168.1.1:49000/ctl?x', '', { port: 49_000, path: '/ctl?x' }],
    ['/ctl', 'http://192.168.1.1:49000/', { port: 49_000, path: '/ctl' }],
  ])('%s, with the base "%s"', (controlUrl, urlBase, control) => {
    expect(readConnectionServices(description(controlUrl, urlBase), ROUTER, LOCATION)).toEqual([
      { type: 'urn:schemas-upnp-org:service:WANIPConnection:1', control },
    ]);
  });

  it.each([
    ['http://192.168.1.9/ctl', ''],
    ['//192.168.1.9/ctl', ''],
    ['http://localhost/ctl', ''],
    ['/ctl', 'http://192.168.1.9/'],
    ['ftp://192.168.1.1/ctl', ''],
    ['', ''],
  ])('is on no other machine: %s, with the base "%s"', (controlUrl, urlBase) => {
    expect(readConnectionServices(description(controlUrl, urlBase), ROUTER, LOCATION)).toEqual([]);
  });
});
