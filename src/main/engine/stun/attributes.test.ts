/** What RFC 5780 adds to STUN, on the wire. */
import { describe, expect, it } from 'vitest';
import { classes, Message, methods, parseMessage } from 'werift';
import {
  decodeStun,
  encodeStun,
  METHOD_BINDING,
  type StunMessage,
  unknownRequiredAttributes,
} from './message.ts';

const transactionId = Buffer.from('0102030405060708090a0b0c', 'hex');
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

describe('behaviour discovery attributes', () => {
  const request = (attributes: StunMessage['attributes']): StunMessage => ({
    method: METHOD_BINDING,
    class: 'request',
    transactionId,
    attributes,
  });

  it.each([
    [false, false, '00000000'],
    [false, true, '00000002'],
    [true, false, '00000004'],
    [true, true, '00000006'],
  ])(
    'CHANGE-REQUEST with address %s and port %s is 32 bits on the wire',
    (changeAddress, changePort, wire) => {
      const datagram = encodeStun(request([{ name: 'change-request', changeAddress, changePort }]));

      expect(datagram.subarray(20).toString('hex')).toBe(`00030004${wire}`);
      expect(decodeStun(datagram)?.attributes).toEqual([
        { name: 'change-request', changeAddress, changePort },
      ]);
    },
  );

  it('OTHER-ADDRESS and RESPONSE-ORIGIN are not XORed, as MAPPED-ADDRESS is not', () => {
    const attributes: StunMessage['attributes'] = [
      { name: 'response-origin', address: '192.0.2.1', port: 3478 },
      { name: 'other-address', address: '192.0.2.2', port: 3479 },
      { name: 'other-address', address: '2001:db8::2', port: 3479 },
    ];
    const datagram = encodeStun(request(attributes));

    expect(datagram.subarray(20).toString('hex')).toBe(
      '802b000800010d96c0000201802c000800010d97c0000202802c001400020d9720010db8000000000000000000000002',
    );
    expect(decodeStun(datagram)?.attributes).toEqual(attributes);
  });

  it('reads RESPONSE-PORT with its padding counted into the length and not', () => {
    const written = encodeStun(request([{ name: 'response-port', port: 65_535 }]));
    const short = Buffer.from(written);
    short.writeUInt16BE(2, 22);

    expect(written.subarray(20).toString('hex')).toBe('00270004ffff0000');
    for (const datagram of [written, short]) {
      expect(decodeStun(datagram)?.attributes).toEqual([{ name: 'response-port', port: 65_535 }]);
    }
  });

  it('is what werift reads and writes', () => {
    const message = new Message(methods.BINDING, classes.RESPONSE, transactionId);
    message.setAttribute('RESPONSE-ORIGIN', ['192.0.2.1', 3478]);
    message.setAttribute('OTHER-ADDRESS', ['192.0.2.2', 3479]);

    expect(decodeStun(message.bytes)?.attributes).toEqual([
      { name: 'response-origin', address: '192.0.2.1', port: 3478 },
      { name: 'other-address', address: '192.0.2.2', port: 3479 },
    ]);
    const asked = parseMessage(
      encodeStun(request([{ name: 'change-request', changeAddress: true, changePort: false }])),
    );
    expect(asked?.getAttributeValue('CHANGE-REQUEST')).toBe(4);
  });

  it.each([
    ['a CHANGE-REQUEST that is too short', '000300020000 0000'],
    ['a CHANGE-REQUEST that is too long', '00030008 0000000000000002'],
    ['a RESPONSE-PORT without a port', '00270000'],
    ['a RESPONSE-PORT that is too long', '00270008 0d96000000000000'],
    ['an OTHER-ADDRESS of no family', '802c0008 00030d96c0000201'],
    ['an OTHER-ADDRESS cut short', '802c0008 00020d96c0000201'],
    ['a RESPONSE-ORIGIN without an address', '802b0004 00010d96'],
  ])('makes a message with %s none', (_, attribute) => {
    const body = hex(attribute);
    const datagram = Buffer.concat([encodeStun(request([])), body]);
    datagram.writeUInt16BE(body.length, 2);

    expect(decodeStun(datagram)).toBeNull();
  });

  it('must be understood by a server that is asked for it', () => {
    const asking = request([
      { name: 'change-request', changeAddress: true, changePort: true },
      { name: 'response-port', port: 1 },
      { name: 'other', code: 0x0026, value: Buffer.alloc(4) },
      { name: 'other-address', address: '192.0.2.2', port: 3479 },
    ]);

    expect(unknownRequiredAttributes(asking)).toEqual([0x0003, 0x0027, 0x0026]);
    expect(unknownRequiredAttributes(asking, ['response-port'])).toEqual([0x0003, 0x0026]);
    expect(unknownRequiredAttributes(asking, ['response-port', 'change-request'])).toEqual([0x0026]);
  });
});
