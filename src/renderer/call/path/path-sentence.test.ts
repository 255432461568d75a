import { describe, expect, it } from 'vitest';
import type { PathReport } from '../../../shared/call.ts';
import { openPath, searchingPath } from '../../gallery/fixtures.ts';
import { isLocalNetwork, pathSentence } from './path-sentence.ts';

const idle = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0 };
const busy = { packetsSent: 9, packetsReceived: 9, bytesSent: 900, bytesReceived: 900 };

function open(remote: string, change: Partial<PathReport> = {}): PathReport {
  const { active } = openPath;
  if (active === undefined) throw new Error('the fixture has an active path');
  return { ...openPath, active: { ...active, remote: { ...active.remote, address: remote } }, ...change };
}

describe('the sentence about the path', () => {
  it('tells the internet, the local network and one machine apart', () => {
    expect(pathSentence(open('203.0.113.7')).words).toBe('direct-internet');
    expect(pathSentence(open('192.168.1.9')).words).toBe('direct-local');
    expect(pathSentence(open('127.0.0.1')).words).toBe('direct-same-machine');
    expect(pathSentence(open('192.168.178.23')).words).toBe('direct-same-machine');
  });

  it('tells a TURN server from the public relay', () => {
    const relayed = open('203.0.113.7', { carried: { direct: idle, sfu: idle, relay: busy } });
    const { active } = relayed;
    if (!active) throw new Error('open without a path');

    expect(pathSentence({ ...relayed, active: { ...active, kind: 'relay' } }).words).toBe('relay');
    expect(pathSentence({ ...relayed, active: { ...active, kind: 'relay', isTurn: true } })).toEqual({
      kind: 'relay',
      words: 'turn',
    });
  });

  it('claims nothing of a path that has carried nothing', () => {
    const unused = open('203.0.113.7', { carried: { direct: idle, sfu: busy, relay: idle } });
    expect(pathSentence(unused)).toEqual({ kind: 'none', words: 'open-unused' });
  });

  it('claims nothing of a path that has carried one way only', () => {
    const oneWay = { ...busy, packetsReceived: 0 };
    expect(
      pathSentence(open('203.0.113.7', { carried: { direct: oneWay, sfu: idle, relay: idle } })).kind,
    ).toBe('none');
  });

  it('says so while it searches, is silent or lost', () => {
    expect(pathSentence(searchingPath)).toEqual({ kind: 'none', words: 'searching' });
    expect(pathSentence({ ...openPath, state: 'silent' })).toEqual({ kind: 'none', words: 'silent' });
    expect(pathSentence({ ...openPath, state: 'lost' })).toEqual({ kind: 'none', words: 'lost' });
  });

  it('tells after the end what carried the most', () => {
    const { active: _none, ...closed } = { ...openPath, state: 'closed' as const };
    expect(pathSentence(closed)).toEqual({ kind: 'direct', words: 'closed-direct' });
    const relayed = { direct: busy, sfu: idle, relay: { ...busy, bytesReceived: 90_000 } };
    expect(pathSentence({ ...closed, carried: relayed }).words).toBe('closed-relay');
    expect(pathSentence({ ...closed, carried: { direct: idle, sfu: idle, relay: idle } }).words).toBe(
      'closed',
    );
  });
});

describe('a local network', () => {
  it.each(['10.1.2.3', '172.16.0.1', '172.31.9.9', '192.168.0.1', '169.254.7.7', 'fd12::1', 'fe80::1'])(
    '%s',
    (address) => {
      expect(isLocalNetwork(address)).toBe(true);
    },
  );
  it.each(['11.1.2.3', '172.32.0.1', '192.169.0.1', '100.64.0.1', '2001:db8::1'])('not %s', (address) => {
    expect(isLocalNetwork(address)).toBe(false);
  });
});
