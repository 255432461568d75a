import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METHOD_BINDING } from '../stun/constants.ts';
import { encodeStun } from '../stun/message.ts';
import { MAX_UNIT_BYTES } from './constants.ts';
import { StreamUnits } from './stream-units.ts';

function channelData(length: number): Buffer {
  const unit = Buffer.alloc(4 + ((length + 3) & ~3));
  unit.writeUInt16BE(0x4000);
  unit.writeUInt16BE(length, 2);
  unit.fill(length & 0xff, 4, 4 + length);
  return unit;
}

const stun = encodeStun({
  method: METHOD_BINDING,
  class: 'indication',
  transactionId: Buffer.alloc(12),
  attributes: [{ name: 'software', text: 'of a test' }],
});

function read(pieces: readonly Buffer[]) {
  const units: Buffer[] = [];
  const reader = new StreamUnits((unit) => units.push(Buffer.from(unit)));
  const takes = pieces.every((piece) => reader.receive(piece));
  return { units, takes };
}

describe('a connection to a TURN server', () => {
  test('gives the same units however its bytes are cut', () => {
    const anyUnits = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 1_404 }).map(channelData),
        fc.constant(stun),
        fc.integer({ min: MAX_UNIT_BYTES, max: 65_535 }).map(channelData),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(anyUnits, fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (units, cuts) => {
        const bytes = Buffer.concat(units);
        const pieces: Buffer[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const end = at + (cuts[cut % cuts.length] ?? 1);
          pieces.push(bytes.subarray(at, end));
          at = end;
        }

        const got = read(pieces);

        expect(got.takes).toBe(true);
        expect(got.units).toEqual(units.filter(({ length }) => length <= MAX_UNIT_BYTES));
      }),
    );
  });

  test.each([4, 0x3f, 80, 0xff])('that begins a unit with byte %i is of no use', (first) => {
    const nonsense = Buffer.from([first, 0, 0, 0]);

    expect(read([nonsense]).takes).toBe(false);
    expect(read([stun, nonsense.subarray(0, 1), nonsense.subarray(1)])).toEqual({
      units: [stun],
      takes: false,
    });
  });

  test('takes any bytes without a throw', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (pieces) => {
        for (const unit of read(pieces.map((piece) => Buffer.from(piece))).units) {
          expect(unit.length).toBeLessThanOrEqual(MAX_UNIT_BYTES);
        }
      }),
    );
  });
});
