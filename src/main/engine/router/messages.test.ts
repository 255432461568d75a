import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAT_PMP_EPOCH_SHARE, PCP_EPOCH_SHARE } from './constants.ts';
import { Epoch } from './epoch.ts';
import { decodeNatPmpAddress, decodeNatPmpMap, encodeNatPmpMap } from './nat-pmp-message.ts';
import { decodePcpAnnounce, decodePcpMap, encodePcpAnnounce, encodePcpMap } from './pcp-message.ts';
import { readActionAnswer } from './soap.ts';
import { readSearchAnswer } from './ssdp.ts';

const NONCE = Buffer.from('000102030405060708090a0b', 'hex');
const REQUEST = {
  clientAddress: '192.168.1.2',
  nonce: NONCE,
  internalPort: 5_000,
  externalPort: 6_000,
  lifetimeS: 1_200,
};

describe('PCP messages', () => {
  it('are written as RFC 6887 figures 2 and 9 have them', () => {
    const mappedAddress = `${'00'.repeat(10)}ffffc0a80102`;
    expect(encodePcpAnnounce('192.168.1.2').toString('hex')).toBe(`02000000${'00000000'}${mappedAddress}`);
    expect(encodePcpMap(REQUEST).toString('hex')).toBe(
      `02010000${'000004b0'}${mappedAddress}${NONCE.toString('hex')}11000000${'1388'}${'1770'}${'00'.repeat(10)}ffff00000000`,
    );
  });

  it('give an IPv6 client its own address and no IPv4 wish', () => {
    const message = encodePcpMap({ ...REQUEST, clientAddress: '2001:db8::7' });
    expect(message.subarray(8, 24).toString('hex')).toBe(`20010db8${'00'.repeat(11)}07`);
    expect(message.subarray(44).equals(Buffer.alloc(16))).toBe(true);
  });

  const answer = (): Buffer => {
    const bytes = encodePcpMap(REQUEST);
    bytes[1] = 0x81;
    bytes.writeUInt32BE(77, 8);
    Buffer.from('ffffcb007105', 'hex').copy(bytes, 54);
    return bytes;
  };

  it('are read back', () => {
    expect(decodePcpMap(answer(), REQUEST)).toEqual({
      result: 0,
      epochS: 77,
      lifetimeS: 1_200,
      externalPort: 6_000,
      externalAddress: '203.0.113.5',
    });
  });

  it.each([
    ['another nonce', (bytes: Buffer) => bytes.writeUInt8(9, 24)],
    ['another internal port', (bytes: Buffer) => bytes.writeUInt16BE(5_001, 40)],
    ['TCP', (bytes: Buffer) => bytes.writeUInt8(6, 36)],
    ['a request', (bytes: Buffer) => bytes.writeUInt8(1, 1)],
    ['another version', (bytes: Buffer) => bytes.writeUInt8(1, 0)],
  ])('with %s are nobody’s answer', (_what, change) => {
    const bytes = answer();
    change(bytes);
    expect(decodePcpMap(bytes, REQUEST)).toBeNull();
  });
});

describe('NAT-PMP messages', () => {
  it('are written and read as RFC 6886 §3.3 has them', () => {
    const request = { internalPort: 5_000, externalPort: 6_000, lifetimeS: 1_200 };
    expect(encodeNatPmpMap(request).toString('hex')).toBe('0001000013881770000004b0');
    const answer = Buffer.from(`00810000${'0000004d'}1388${'1771'}00000258`, 'hex');
    expect(decodeNatPmpMap(answer, request)).toEqual({
      result: 0,
      epochS: 77,
      externalPort: 6_001,
      lifetimeS: 600,
    });
    expect(decodeNatPmpMap(answer, { ...request, internalPort: 5_001 })).toBeNull();
  });

  it('take a mapping back without a port', () => {
    const request = { internalPort: 5_000, externalPort: 6_000, lifetimeS: 0 };
    expect(encodeNatPmpMap(request).toString('hex')).toBe('000100001388000000000000');
  });

  it('may be refusals of eight bytes', () => {
    expect(decodeNatPmpAddress(Buffer.from('0080000200000001', 'hex'))).toMatchObject({ result: 2 });
  });
});

describe('whatever comes from the network', () => {
  it('is read without throwing, and without an answer where there is none', () => {
    const bytes = fc.uint8Array({ maxLength: 1_400 }).map((each) => Buffer.from(each));
    const shaped = fc
      .tuple(fc.constantFrom([2, 0x81], [2, 0x80], [0, 128], [0, 129]), bytes)
      .map(([start, rest]) => Buffer.concat([Buffer.from(start), rest]));
    fc.assert(
      fc.property(fc.oneof(bytes, shaped), (datagram) => {
        decodePcpAnnounce(datagram);
        // Nobody guesses 96 random bits.
        expect(decodePcpMap(datagram, REQUEST)).toBeNull();
        decodeNatPmpAddress(datagram);
        decodeNatPmpMap(datagram, { internalPort: 5_000, externalPort: 6_000, lifetimeS: 1_200 });
        expect(readSearchAnswer(datagram, '192.168.1.1')).toBeNull();
        expect(readActionAnswer(200, datagram.toString('utf8'), 'AddPortMapping')).toBeNull();
      }),
    );
  });
});

describe('a router’s clock', () => {
  it.each([
    ['keeps pace', 1_000, 600, 1_600, false],
    ['is an eighth slow', 1_000, 600, 1_526, false],
    ['began anew', 1_000, 600, 3, true],
    ['began anew, and ran for longer than before since', 10, 600, 500, true],
    ['stands still', 1_000, 600, 1_000, true],
    ['lags by rounding', 1_000, 1, 999, false],
  ])('that %s', (_what, before, passedS, after, restarted) => {
    const epoch = new Epoch(NAT_PMP_EPOCH_SHARE);
    expect(epoch.restarted(before, 0)).toBe(false);
    expect(epoch.restarted(after, passedS * 1_000)).toBe(restarted);
  });

  it('must not run ahead either, by RFC 6887', () => {
    const epoch = new Epoch(PCP_EPOCH_SHARE);
    epoch.restarted(1_000, 0);
    expect(epoch.restarted(1_700, 600_000)).toBe(true);
  });
});
