import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeStun, encodeStun, type StunAttribute } from '../stun/message.ts';
import { METHOD_JOIN, TICKET_BYTES } from './constants.ts';
import {
  readGoodbye,
  readJoin,
  readJoinSuccess,
  writeGoodbye,
  writeJoin,
  writeJoinSuccess,
  writePunch,
} from './join.ts';

const id = Buffer.alloc(12, 1);
const ticket = Buffer.alloc(TICKET_BYTES, 2);

function decoded(datagram: Buffer) {
  const message = decodeStun(datagram);
  if (!message) throw new Error('no STUN');
  return message;
}

describe('JOIN', () => {
  test('says the same after the way', () => {
    const proof = {
      side: 'B' as const,
      nonce: Buffer.alloc(12, 3),
      signature: Buffer.alloc(64, 4),
      channel: 0x4fff,
      leaves: true,
    };
    const success = { channel: 0x4000, lifetimeS: 30, state: 'whole' as const };

    expect(readJoin(decoded(writeJoin(id, { ticket, proof })))).toEqual({ ticket, proof });
    expect(readJoin(decoded(writeJoin(id, { ticket })))).toEqual({ ticket });
    expect(readJoinSuccess(decoded(writeJoinSuccess(id, success)))).toEqual(success);
    expect(readGoodbye(decoded(writeGoodbye(id, Buffer.alloc(16, 5))))).toEqual(Buffer.alloc(16, 5));
  });

  test('opens a NAT with 20 bytes that say nothing', () => {
    const punch = writePunch(id);

    expect(punch).toHaveLength(20);
    expect(readGoodbye(decoded(punch))).toBeNull();
  });

  test('is read without a throw, whatever the attributes hold', () => {
    const attribute = fc
      .record({
        code: fc.constantFrom(0x000c, 0x000d, 0x0015, 0x4b70, 0x4b71, 0x4b72, 0x4b73, 0x4b74),
        value: fc.uint8Array({ maxLength: 200 }),
      })
      .map(({ code, value }): StunAttribute => ({ name: 'other', code, value: Buffer.from(value) }));
    fc.assert(
      fc.property(
        fc.array(attribute, { maxLength: 8 }),
        fc.constantFrom('request', 'success', 'error', 'indication'),
        (attributes, kind) => {
          const datagram = encodeStun({ method: METHOD_JOIN, class: kind, transactionId: id, attributes });
          const message = decodeStun(datagram);
          if (!message) return;
          readJoin(message);
          readJoinSuccess(message);
          readGoodbye(message);
        },
      ),
    );
  });
});
