import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionDescription } from '../../../../test/support/session-description.ts';
import { checkDescription, iceCredentials, stripCandidates, withLoopbackCandidate } from './sdp.ts';

describe('a session description', () => {
  it('is usable with media, credentials and a SHA-256 fingerprint, and not without one of them', () => {
    const sdp = sessionDescription('offer');
    expect(checkDescription(sdp)).toEqual({ usable: true });
    for (const missing of ['ufrag', 'pwd', 'fingerprint'] as const) {
      const without = sdp.replace(new RegExp(`^a=(ice-)?${missing}:.*\r\n`, 'm'), '');
      expect(checkDescription(without)).toEqual({ usable: false, missing });
    }
    expect(checkDescription(sdp.replace('sha-256', 'md5'))).toEqual({
      usable: false,
      missing: 'fingerprint',
    });
    expect(checkDescription(sdp.replace(/^m=[\s\S]*/m, ''))).toEqual({ usable: false, missing: 'media' });
    expect(checkDescription(sdp.replace('s=-', 's=\u0000'))).toEqual({ usable: false, missing: 'text' });
    expect(checkDescription(sdp + 'a=x\r\n'.repeat(1000))).toEqual({ usable: false, missing: 'text' });
  });

  it('refuses one weak fingerprint beside a strong one', () => {
    const sdp = `${sessionDescription('offer')}a=fingerprint:sha-1 ${'AB:'.repeat(19)}AB\r\n`;
    expect(checkDescription(sdp)).toEqual({ usable: false, missing: 'fingerprint' });
  });

  it('leaves the machine without any address', () => {
    const sdp = sessionDescription('offer')
      .replace('o=- 1 2 IN IP4 127.0.0.1', 'o=- 1 2 IN IP4 192.168.1.7')
      .replace('c=IN IP4 0.0.0.0', 'c=IN IP6 fd00::7')
      .replace('m=audio 9 ', 'm=audio 50123 ')
      .concat('a=rtcp:50124 IN IP4 192.168.1.7\r\na=remote-candidates:1 192.168.1.8 5000\r\n');
    const stripped = stripCandidates(sdp);
    expect(stripped).not.toMatch(/192\.168|fd00|10\.9\.8\.7|5012|candidate/);
    expect(checkDescription(stripped)).toEqual({ usable: true });
  });

  it('comes back with the loopback port as the only candidate of each media section', () => {
    const twoSections = `${sessionDescription('answer')}m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n`;
    const sdp = withLoopbackCandidate(twoSections, 40_000);
    expect(sdp.match(/^a=candidate:.* 127\.0\.0\.1 40000 typ host$/gm)).toHaveLength(2);
    expect(sdp.match(/^a=candidate/gm)).toHaveLength(2);
    // The candidates stand in the sections, not before them.
    expect(sdp.indexOf('a=candidate')).toBeGreaterThan(sdp.indexOf('m=audio'));
  });

  it('says once and for the whole session that the agent behind the loopback port is a lite one', () => {
    const sdp = sessionDescription('answer').replace('t=0 0', 't=0 0\r\na=ice-lite');
    const lines = withLoopbackCandidate(sdp, 40_000).split('\r\n');
    expect(lines.filter((line) => line === 'a=ice-lite')).toHaveLength(1);
    expect(lines.indexOf('a=ice-lite')).toBeLessThan(lines.findIndex((line) => line.startsWith('m=')));
  });

  it('names its ICE credentials', () => {
    expect(iceCredentials('v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:secret\r\n')).toEqual({
      ufrag: 'abcd',
      pwd: 'secret',
    });
    expect(iceCredentials('v=0\r\na=ice-ufrag:abcd\r\n')).toBeUndefined();
    expect(iceCredentials('v=0\r\n')).toBeUndefined();
  });

  it('is read without throwing, whatever it is, and never gains an address', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('m=', 'c=', 'o=', 'a=candidate:', 'a=rtcp:', 'a=ice-ufrag:', '\r', '\n'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const sdp = lines.join('\n');
        checkDescription(sdp);
        iceCredentials(sdp);
        expect(stripCandidates(sdp)).not.toMatch(/^a=candidate:/m);
        for (const candidate of withLoopbackCandidate(sdp, 5).match(/^a=candidate:.*$/gm) ?? []) {
          expect(candidate).toContain(' 127.0.0.1 5 ');
        }
      }),
    );
  });
});
