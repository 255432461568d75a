import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeStun,
  encodeStun,
  METHOD_BINDING,
  type StunAttribute,
  type StunClass,
} from '../stun/message.ts';
import { ATTRIBUTE_CARRIER, CARRIER_BYTES, METHOD_JOIN, METHOD_PROBE } from './constants.ts';
import { answerProbe, readProbeAnswer, writeProbe } from './probe.ts';

const carrier = randomBytes(CARRIER_BYTES);
const transactionId = randomBytes(12);

function decoded(datagram: Buffer) {
  const message = decodeStun(datagram);
  if (!message) throw new Error('no STUN');
  return message;
}

describe('PROBE', () => {
  test('is answered by the node that it names, with its transaction and fewer bytes', () => {
    const probe = writeProbe(transactionId, carrier);

    const answer = answerProbe(decoded(probe), carrier);

    if (!answer) throw new Error('no answer');
    expect(answer.length).toBeLessThan(probe.length);
    expect(readProbeAnswer(decoded(answer))).toEqual(transactionId);
  });

  test('is not answered by another node', () => {
    const probe = writeProbe(transactionId, randomBytes(CARRIER_BYTES));

    expect(answerProbe(decoded(probe), carrier)).toBeNull();
  });

  test('draws no answer by an answer: two nodes cannot be made to talk to each other', () => {
    const answer = answerProbe(decoded(writeProbe(transactionId, carrier)), carrier);

    expect(answerProbe(decoded(answer ?? Buffer.alloc(0)), carrier)).toBeNull();
  });

  test('is told from other STUN, whatever its attributes hold', () => {
    const attribute = fc
      .record({
        code: fc.constantFrom(ATTRIBUTE_CARRIER, 0x4b70, 0x000c),
        value: fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(carrier)),
      })
      .map(({ code, value }): StunAttribute => ({ name: 'other', code, value: Buffer.from(value) }));
    const kinds = fc.constantFrom<StunClass[]>('request', 'success', 'error', 'indication');
    const methods = fc.constantFrom(METHOD_PROBE, METHOD_JOIN, METHOD_BINDING);
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 4 }), kinds, methods, (attributes, kind, method) => {
        const message = decoded(encodeStun({ method, class: kind, transactionId, attributes }));
        const first = attributes.find((each) => each.name === 'other' && each.code === ATTRIBUTE_CARRIER);
        const namesUs = first?.name === 'other' && first.value.equals(carrier);

        expect(answerProbe(message, carrier) !== null).toBe(
          method === METHOD_PROBE && kind === 'request' && namesUs,
        );
        expect(readProbeAnswer(message) !== null).toBe(method === METHOD_PROBE && kind === 'success');
      }),
    );
  });
});
