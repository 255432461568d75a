import { describe, expect, it } from 'vitest';
import { sessionDescription } from '../../test/support/session-description.ts';
import { asNobodysOffer, haveSameForm, saySame, takeCandidates } from './description.ts';

describe('two descriptions', () => {
  it('have the same form where they differ in who gives them alone', () => {
    const [one, other] = [sessionDescription('offer'), sessionDescription('offer')];
    expect(one).not.toBe(other);
    expect(haveSameForm(one, other)).toBe(true);
    expect(haveSameForm(one, other.replace('m=audio 9 ', 'm=audio 50123 '))).toBe(true);
  });

  it.each([
    ['another codec', (sdp: string) => sdp.replace('opus/48000/2', 'PCMU/8000')],
    ['another direction', (sdp: string) => sdp.replace('a=sendrecv', 'a=recvonly')],
    ['another extension', (sdp: string) => sdp.replace('a=mid:0', 'a=mid:0\r\na=extmap:1 urn:example')],
    ['feedback that only one has', (sdp: string) => sdp.replace('a=mid:0', 'a=mid:0\r\na=rtcp-fb:111 nack')],
    ['one section more', (sdp: string) => `${sdp}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`],
  ])('differ in form by %s', (_, changed) => {
    const sdp = sessionDescription('offer');
    expect(haveSameForm(sdp, changed(sdp))).toBe(false);
  });

  it('say the same with new candidates and a new version, and not with another key or ICE password', () => {
    const sdp = sessionDescription('answer');
    const later = sdp.replace('o=- 1 2', 'o=- 1 3').replace(/^a=candidate:.*\r\n/m, '');
    expect(saySame(sdp, later)).toBe(true);
    expect(saySame(sdp, sdp.replace(/^a=ice-pwd:.*$/m, 'a=ice-pwd:another'))).toBe(false);
    expect(saySame(sdp, sdp.replace(/^a=fingerprint:.*$/m, 'a=fingerprint:sha-256 00'))).toBe(false);
    expect(saySame(sdp, sdp.replace('a=setup:active', 'a=setup:passive'))).toBe(false);
  });
});

describe("nobody's offer", () => {
  it('has the form of the real one, and neither its key nor its address nor its password', () => {
    const real = sessionDescription('offer');
    const offer = asNobodysOffer(real, 'engine', 'p'.repeat(24));
    expect(haveSameForm(real, offer)).toBe(true);
    expect(offer).toContain('a=ice-ufrag:engine\r\n');
    expect(offer).toContain(`a=ice-pwd:${'p'.repeat(24)}\r\n`);
    expect(offer).toMatch(/^a=fingerprint:sha-256 (00:){31}00\r$/m);
    for (const own of real.match(/^a=(fingerprint|ice-ufrag|ice-pwd|candidate):.*$/gm) ?? []) {
      expect(offer).not.toContain(own);
    }
    // Told later that its engine is a lite agent, an end would change its role.
    expect(offer.match(/^a=ice-lite\r$/gm)).toHaveLength(1);
  });
});

describe('candidates', () => {
  it('are taken out of every section, and given of the first', () => {
    const section =
      'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=candidate:1 1 udp 5 127.0.0.1 9 typ host\r\na=end-of-candidates\r\n';
    const [sdp, candidates] = takeCandidates(sessionDescription('offer') + section);
    expect(sdp).not.toMatch(/candidate/);
    expect(candidates).toEqual(['candidate:1 1 udp 2113937151 10.9.8.7 50000 typ host']);
    expect(takeCandidates(section)[1]).toEqual(['candidate:1 1 udp 5 127.0.0.1 9 typ host']);
    expect(takeCandidates('v=0\r\n')).toEqual(['v=0\r\n', []]);
  });
});
