import { describe, expect, it } from 'vitest';
import type { NetworkState } from '../../shared/app.ts';
import { network } from '../gallery/fixtures.ts';
import de from '../locales/de.json';
import en from '../locales/en.json';
import { interfaceStep, serverStep, socketsStep, stunStep } from './steps.ts';

const answer = (address: string, port: number) => ({
  server: `${address}:${port}`,
  state: 'answered' as const,
  rttMs: 9,
  mapped: { address, port },
  nearest: false,
});
const stun = (...servers: NetworkState['stun']): NetworkState => ({ ...network, stun: servers });
const silent = { server: 's', state: 'silent' as const, nearest: false };

describe('the diagnostic steps', () => {
  it('ask for a network when there is none', () => {
    expect(interfaceStep({ ...network, hostAddresses: [] }).verdict).toBe('bad');
    expect(interfaceStep(network)).toMatchObject({ verdict: 'good', values: { count: 2 } });
  });

  it('tell which address families are open', () => {
    expect(socketsStep(network).words).toBe('diagnostics.sockets.both');
    expect(socketsStep({ ...network, sockets: [] }).verdict).toBe('bad');
    expect(socketsStep({ ...network, sockets: [{ family: 'IPv6', port: 5 }] }).verdict).toBe('note');
  });

  it('know that the embedded server reaches this computer only', () => {
    const server = { url: 'ws://127.0.0.1:1', embedded: true, state: 'connected' as const };
    expect(serverStep(server).verdict).toBe('note');
    expect(serverStep({ ...server, embedded: false }).verdict).toBe('good');
    expect(serverStep({ ...server, state: 'refused', reason: 'refused' })).toEqual({
      verdict: 'bad',
      words: 'server.reason.refused',
    });
  });

  it('read the mapping from two servers (RFC 4787 §4.1)', () => {
    expect(stunStep(stun(answer('198.51.100.2', 7), answer('198.51.100.2', 7))).words).toBe(
      'diagnostics.stun.steady',
    );
    expect(stunStep(stun(answer('198.51.100.2', 7), answer('198.51.100.2', 8))).words).toBe(
      'diagnostics.stun.changing',
    );
    expect(stunStep(stun(answer('198.51.100.2', 7), answer('2001:db8::2', 8))).words).toBe(
      'diagnostics.stun.answered',
    );
    expect(stunStep(stun(answer('192.168.178.23', 7))).words).toBe('diagnostics.stun.unmapped');
    expect(stunStep(stun(answer('127.0.0.1', 7)))).toEqual({
      verdict: 'note',
      words: 'diagnostics.stun.loopback',
    });
  });

  it('wait while they ask, and say when nobody answers', () => {
    expect(stunStep(stun({ ...silent, state: 'asking' }, silent)).verdict).toBe('pending');
    expect(stunStep(stun(silent)).words).toBe('diagnostics.stun.silent');
    expect(stunStep(stun({ ...silent, state: 'wrong' })).words).toBe('diagnostics.stun.wrong');
    expect(stunStep(stun()).verdict).toBe('pending');
  });

  it('have a sentence in every language', () => {
    const words = ['none', 'one', 'many'].map((key) => `interface.${key}`);
    for (const path of [...words, 'sockets.both', 'stun.steady', 'stun.changing', 'server.embedded']) {
      const [group = '', key = ''] = path.split('.');
      for (const language of [en, de]) {
        const sentences: Record<string, unknown> = language.diagnostics;
        expect(sentences[group], path).toHaveProperty(key);
      }
    }
  });
});
