import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LISTED } from './constants.ts';
import { markKey, markOf, readTally, SentTally } from './tally.ts';

describe('a tally', () => {
  it('tells the other side how much was sent, and which datagrams in which order', () => {
    const sent = new SentTally();
    for (const mark of [7, 65_535, 0]) sent.sent(mark);
    expect(readTally(sent.take())).toEqual({ number: 0, count: 3, marks: [7, 65_535, 0] });
    expect(sent.isEmpty).toBe(true);
    sent.sent(1);
    sent.skip();
    sent.sent(2);
    expect(readTally(sent.take())).toEqual({ number: 2, count: 1, marks: [2] });
  });

  it('counts what it does not list', () => {
    const sent = new SentTally();
    for (let mark = 0; mark < 2 * MAX_LISTED; mark++) sent.sent(mark);
    const tally = readTally(sent.take());
    expect(tally?.count).toBe(2 * MAX_LISTED);
    expect(tally?.marks).toHaveLength(MAX_LISTED);
  });

  it('is read whatever the bytes are, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const tally = readTally(Buffer.from(bytes));
        expect(tally === null || tally.marks.length <= MAX_LISTED).toBe(true);
      }),
    );
  });
});

describe('a mark', () => {
  const key = markKey('ours', 'theirs');

  it('is the same for both sides and another one for another call', () => {
    expect(markKey('theirs', 'ours')).toBe(key);
    expect(markKey('theirs', 'other')).not.toBe(key);
  });

  it('is the same wherever the datagram lies in its buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(40), (bytes, before) => {
        const framed = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(5, 2)]);
        expect(markOf(key, framed, before, bytes.length)).toBe(
          markOf(key, Buffer.from(bytes), 0, bytes.length),
        );
      }),
    );
  });

  it('is another one when any bit is', () => {
    const datagram = Buffer.from(Array.from({ length: 203 }, (_, index) => (index * 37) & 0xff));
    const mark = markOf(key, datagram, 0, datagram.length);
    let same = 0;
    for (let bit = 0; bit < datagram.length * 8; bit++) {
      const copy = Buffer.from(datagram);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      if (markOf(key, copy, 0, copy.length) === mark) same++;
    }
    // 1,624 trials at 1 in 65,536.
    expect(same).toBeLessThanOrEqual(1);
  });
});
