import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from './dtls.ts';

function messageText(datagram: Buffer): string {
  return readMessage(datagram).text;
}

/** RFC 6347 §4.1. */
function record(body: string, { epoch = 0, number = 0, type = 22 } = {}): Buffer {
  const header = Buffer.from([type, 254, 253, 0, epoch, 0, 0, 0, 0, 0, number, 0, body.length]);
  return Buffer.concat([header, Buffer.from(body)]);
}

describe('the text of a datagram of DTLS', () => {
  it('is the same when its records are sent again under other numbers, and protected anew', () => {
    const flight = (number: number, sealed: string) =>
      Buffer.concat([record('key exchange', { number }), record(sealed, { epoch: 1, number })]);
    expect(messageText(flight(9, 'other bytes'))).toBe(messageText(flight(1, 'same length')));
  });

  it('is another one for another message, in whichever record, and for another length', () => {
    const first = Buffer.concat([record('hello'), record('certificate')]);
    const changes = [
      Buffer.concat([record('hello'), record('certificatE')]),
      Buffer.concat([record('hellO'), record('certificate')]),
      Buffer.concat([record('hello'), record('certificate', { type: 20 })]),
      record('hello'),
    ];
    for (const changed of changes) expect(messageText(changed)).not.toBe(messageText(first));
    expect(messageText(record('short', { epoch: 1 }))).not.toBe(messageText(record('longer', { epoch: 1 })));
  });

  it('is read of whatever the bytes are, and never longer than they and their records need', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_500 }), (bytes) => {
        expect(messageText(Buffer.from(bytes)).length).toBeLessThanOrEqual(bytes.length * 8);
      }),
    );
  });
});
