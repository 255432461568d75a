import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classes, Message, methods, parseMessage } from 'werift';
import { bytesToIp, canonicalIp, ipToBytes } from './ip.ts';
import {
  decodeStun,
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  type StunMessage,
  unknownRequiredAttributes,
  verifyIntegrity,
} from './message.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

// RFC 5769 §2.1 to §2.3.
const PASSWORD = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');
const SAMPLE_REQUEST = hex(`
  00010058 2112a442 b7e7a701 bc34d686 fa87dfae
  80220010 5354554e 20746573 7420636c 69656e74
  00240004 6e0001ff
  80290008 932ff9b1 51263b36
  00060009 6576746a 3a683676 59202020
  00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
  80280004 e57a3bcf`);
const SAMPLE_IPV4 = hex(`
  0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200008 0001a147 e112a643
  00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
  80280004 c07d4c96`);
const SAMPLE_IPV6 = hex(`
  01010048 2112a442 b7e7a701 bc34d686 fa87dfae
  8022000b 74657374 20766563 746f7220
  00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
  00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
  80280004 c8fb0b4c`);

// RFC 5769 §2.4: user "マトリックス", password "TheMatrIX", realm "example.org".
const LONG_TERM_KEY = createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();
const SAMPLE_LONG_TERM = hex(`
  00010060 2112a442 78ad3433 c6ad72c0 29da412e
  00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
  0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
  0014000b 6578616d 706c652e 6f726700
  00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666`);

const transactionId = Buffer.from('0102030405060708090a0b0c', 'hex');
const check: StunMessage = {
  method: METHOD_BINDING,
  class: 'request',
  transactionId,
  attributes: [
    { name: 'username', text: 'abcd:efgh' },
    { name: 'priority', value: 0x6e0001ff },
    { name: 'ice-controlling', tieBreaker: 0x932ff9b151263b36n },
    { name: 'nomination', value: 7 },
    { name: 'use-candidate' },
  ],
};

describe('STUN codec against RFC 5769', () => {
  it('reads the sample request', () => {
    const message = decodeStun(SAMPLE_REQUEST);
    expect(message?.class).toBe('request');
    expect(message?.method).toBe(METHOD_BINDING);
    expect(message?.attributes.map(({ name }) => name)).toEqual([
      'software',
      'priority',
      'ice-controlled',
      'username',
      'message-integrity',
      'fingerprint',
    ]);
    expect(message && findAttribute(message, 'username')?.text).toBe('evtj:h6vY');
    expect(message && findAttribute(message, 'ice-controlled')?.tieBreaker).toBe(0x932ff9b151263b36n);
    expect(verifyIntegrity(SAMPLE_REQUEST, PASSWORD)).toBe(true);
    expect(verifyIntegrity(SAMPLE_REQUEST, Buffer.from('another password'))).toBe(false);
  });

  it('reads the sample responses over IPv4 and IPv6', () => {
    const v4 = decodeStun(SAMPLE_IPV4);
    const v6 = decodeStun(SAMPLE_IPV6);
    expect(v4 && findAttribute(v4, 'xor-mapped-address')).toEqual({
      name: 'xor-mapped-address',
      address: '192.0.2.1',
      port: 32853,
    });
    expect(v6 && findAttribute(v6, 'xor-mapped-address')).toMatchObject({
      address: '2001:db8:1234:5678:11:2233:4455:6677',
      port: 32853,
    });
    expect(verifyIntegrity(SAMPLE_IPV4, PASSWORD)).toBe(true);
    expect(verifyIntegrity(SAMPLE_IPV6, PASSWORD)).toBe(true);
  });

  it('reads the sample request with long-term authentication', () => {
    const message = decodeStun(SAMPLE_LONG_TERM);
    expect(message?.class).toBe('request');
    expect(message && findAttribute(message, 'username')?.text).toBe('マトリックス');
    // NONCE and REALM, which are TURN's.
    expect(message && unknownRequiredAttributes(message)).toEqual([0x0015, 0x0014]);
    expect(verifyIntegrity(SAMPLE_LONG_TERM, LONG_TERM_KEY)).toBe(true);
    expect(verifyIntegrity(SAMPLE_LONG_TERM, PASSWORD)).toBe(false);
  });
});

describe('STUN codec against werift', () => {
  it('writes checks that werift reads', () => {
    const key = Buffer.from('some password of a call');
    const datagram = encodeStun(check, { integrityKey: key, fingerprint: true });

    const read = parseMessage(datagram, key);

    expect(read?.messageMethod).toBe(methods.BINDING);
    expect(read?.messageClass).toBe(classes.REQUEST);
    expect(read?.getAttributeValue('USERNAME')).toBe('abcd:efgh');
    expect(read?.getAttributeValue('PRIORITY')).toBe(0x6e0001ff);
    expect(parseMessage(datagram, Buffer.from('wrong'))).toBeUndefined();
  });

  it('reads what werift writes', () => {
    const message = new Message(methods.BINDING, classes.RESPONSE, transactionId);
    message.setAttribute('XOR-MAPPED-ADDRESS', ['203.0.113.9', 40000]);
    const key = Buffer.from('some password of a call');
    message.addMessageIntegrity(key).addFingerprint();

    const read = decodeStun(message.bytes);

    expect(read?.class).toBe('success');
    expect(read && findAttribute(read, 'xor-mapped-address')).toMatchObject({
      address: '203.0.113.9',
      port: 40000,
    });
    expect(verifyIntegrity(message.bytes, key)).toBe(true);
  });
});

describe('STUN codec on what it wrote itself', () => {
  it('gives back every attribute', () => {
    const message: StunMessage = {
      method: 0xabc,
      class: 'error',
      transactionId,
      attributes: [
        ...check.attributes,
        { name: 'mapped-address', address: '2001:db8::1', port: 1 },
        { name: 'xor-mapped-address', address: '::', port: 65535 },
        { name: 'error-code', code: 420, reason: 'Unknown Attribute' },
        { name: 'unknown-attributes', codes: [1, 2, 3] },
        { name: 'software', text: 'byway' },
        { name: 'ice-controlled', tieBreaker: 1n },
        { name: 'other', code: 0x7fff, value: Buffer.from([1, 2, 3, 4, 5]) },
        { name: 'other', code: 0x8fff, value: Buffer.alloc(0) },
      ],
    };
    const read = decodeStun(encodeStun(message));
    expect(read).toEqual(message);
    expect(read && unknownRequiredAttributes(read)).toEqual([0x7fff]);
  });

  it('ignores attributes behind MESSAGE-INTEGRITY', () => {
    const key = Buffer.from('key');
    const honest = encodeStun(
      { ...check, attributes: [{ name: 'username', text: 'a:b' }] },
      { integrityKey: key },
    );
    const extra = Buffer.concat([honest, hex('00250000')]);
    extra.writeUInt16BE(extra.length - 20, 2);

    const read = decodeStun(extra);

    expect(verifyIntegrity(extra, key)).toBe(true);
    expect(read && findAttribute(read, 'use-candidate')).toBeUndefined();
  });

  it('refuses integrity that is absent, cut or of another key', () => {
    const key = Buffer.from('key');
    expect(verifyIntegrity(encodeStun(check), key)).toBe(false);
    const datagram = encodeStun(check, { integrityKey: key, fingerprint: true });
    // What stands behind the HMAC is not covered by it: 8 bytes of FINGERPRINT.
    for (let index = 0; index < datagram.length - 8; index++) {
      const changed = Buffer.from(datagram);
      changed.writeUInt8((changed[index] ?? 0) ^ 0x01, index);
      expect(decodeStun(changed) !== null && verifyIntegrity(changed, key)).toBe(false);
    }
  });
});

describe('STUN codec on hostile bytes', () => {
  const mutations = fc.record({
    base: fc.constantFrom(
      SAMPLE_REQUEST,
      SAMPLE_IPV4,
      SAMPLE_IPV6,
      SAMPLE_LONG_TERM,
      encodeStun(check),
      encodeStun({
        ...check,
        attributes: [
          { name: 'change-request', changeAddress: true, changePort: true },
          { name: 'response-port', port: 3478 },
          { name: 'response-origin', address: '192.0.2.1', port: 3478 },
          { name: 'other-address', address: '2001:db8::2', port: 3479 },
        ],
      }),
    ),
    cut: fc.nat(120),
    writes: fc.array(fc.tuple(fc.nat(107), fc.nat(255)), { maxLength: 8 }),
  });

  it('never throws on random, truncated, oversized or changed datagrams', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const datagram = Buffer.from(bytes);
        decodeStun(datagram);
        verifyIntegrity(datagram, PASSWORD);
      }),
    );
    fc.assert(
      fc.property(mutations, fc.boolean(), ({ base, cut, writes }, mendLength) => {
        const datagram = Buffer.from(base.subarray(0, Math.max(0, base.length - cut)));
        for (const [at, value] of writes) if (at < datagram.length) datagram[at] = value;
        if (mendLength && datagram.length >= 20) datagram.writeUInt16BE(datagram.length - 20, 2);
        decodeStun(datagram);
        verifyIntegrity(datagram, PASSWORD);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no datagram that is longer or shorter than its message', () => {
    expect(decodeStun(Buffer.concat([SAMPLE_REQUEST, Buffer.alloc(4)]))).toBeNull();
    expect(decodeStun(SAMPLE_REQUEST.subarray(0, -4))).toBeNull();
    expect(decodeStun(Buffer.alloc(0))).toBeNull();
  });
});

describe('addresses between text and bytes', () => {
  it('survives a round trip in canonical form', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => bytesToIp(ipToBytes(address) ?? Buffer.alloc(4)) === address),
    );
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = canonicalIp(address);
        expect(canonical).not.toBeNull();
        expect(ipToBytes(canonical ?? '')).toEqual(ipToBytes(address));
        expect(canonicalIp(canonical ?? '')).toBe(canonical);
      }),
    );
  });

  it('spells as RFC 5952 §4 and refuses what is no address', () => {
    expect(canonicalIp('2001:DB8:0:0:1:0:0:1')).toBe('2001:db8::1:0:0:1');
    expect(canonicalIp('2001:db8:0:1:1:1:1:1')).toBe('2001:db8:0:1:1:1:1:1');
    expect(canonicalIp('::ffff:c000:201')).toBe('::ffff:192.0.2.1');
    expect(canonicalIp('fe80::1%eth0')).toBeNull();
    expect(canonicalIp('example.org')).toBeNull();
  });
});
