import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTurnUri } from './turn-uri.ts';

describe('the address of a TURN server', () => {
  test.each([
    ['turn:turn.example', { secure: false, host: 'turn.example', port: 3_478, transport: 'udp' }],
    ['turn:192.0.2.1:80?transport=tcp', { secure: false, host: '192.0.2.1', port: 80, transport: 'tcp' }],
    ['turns:turn.example', { secure: true, host: 'turn.example', port: 5_349, transport: 'tcp' }],
    [
      'turns:[2001:db8::1]:443?transport=tcp',
      { secure: true, host: '2001:db8::1', port: 443, transport: 'tcp' },
    ],
  ])('is read: %s', (text, expected) => {
    expect(parseTurnUri(text)).toEqual(expected);
  });

  test.each([
    '',
    'stun:turn.example',
    'turn://turn.example',
    'turn:turn.example:0',
    'turn:turn.example:65536',
    'turn:turn.example?transport=sctp',
    'turn:a b',
    'turn:user@turn.example',
    'turns:turn.example?transport=udp',
    'turn:[::1',
  ])('is not: %s', (text) => {
    expect(parseTurnUri(text)).toBeNull();
  });

  test('of any text is one or none', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTurnUri(`turn:${text}`)));
  });
});
