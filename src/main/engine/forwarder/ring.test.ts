import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SOCKADDR_BYTES } from './constants.ts';
import { Ring, ringMemory } from './ring.ts';

const SIZE = 4_096;

function both() {
  const memory = ringMemory(SIZE);
  return { writer: new Ring(memory), reader: new Ring(memory) };
}

function write(writer: Ring, socket: number, payload: Buffer, limit = SIZE): boolean {
  const sockaddr = Buffer.alloc(SOCKADDR_BYTES, socket);
  const bytes = Buffer.concat([sockaddr, payload]);
  return writer.write(socket, bytes, 0, SOCKADDR_BYTES, payload.length, limit);
}

test('what is written is read, whole and in order, however reading and writing alternate', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 1_500 }), fc.constant('read' as const)), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const { writer, reader } = both();
      const waiting: { socket: number; payload: Buffer }[] = [];
      all.forEach((step, index) => {
        if (step === 'read') {
          const next = reader.read();
          const wanted = waiting.shift();
          expect(next?.datagram).toEqual(wanted?.payload);
          expect(next?.socket).toBe(wanted?.socket);
          expect(next && Buffer.from(next.sockaddr)).toEqual(
            wanted && Buffer.alloc(SOCKADDR_BYTES, wanted.socket),
          );
        } else {
          const [payload, socket] = [Buffer.alloc(step, index), index % 200];
          if (write(writer, socket, payload)) waiting.push({ socket, payload });
          else expect(writer.waiting + step).toBeGreaterThan(SIZE / 2 - 1_600);
        }
      });
    }),
  );
});

test('nothing is written beyond the limit, and the reader is told once until it has heard', () => {
  const { writer, reader } = both();
  expect(writer.mustTell()).toBe(false);
  expect(write(writer, 1, Buffer.alloc(900), 1_000)).toBe(true);
  expect(write(writer, 1, Buffer.alloc(900), 1_000)).toBe(false);
  expect(writer.mustTell()).toBe(true);
  expect(writer.mustTell()).toBe(false);
  reader.heard();
  expect(writer.mustTell()).toBe(true);
  expect(reader.read()?.datagram.length).toBe(900);
  expect(reader.read()).toBeUndefined();
  expect(writer.waiting).toBe(0);
});

test('positions that have grown past 32 bits are still right', () => {
  const { writer, reader } = both();
  // 2^32 bytes in entries of 2,044 are 2.1 million; the counters are moved on instead.
  const memory = ringMemory(SIZE);
  new Int32Array(memory, 0, 2).fill(-SIZE);
  const [late, lateReader] = [new Ring(memory), new Ring(memory)];
  for (let count = 0; count < 10; count++) {
    expect(write(late, count, Buffer.alloc(1_000, count))).toBe(true);
    expect(lateReader.read()?.datagram).toEqual(Buffer.alloc(1_000, count));
    expect(write(writer, count, Buffer.alloc(1_000, count))).toBe(true);
    expect(reader.read()?.datagram).toEqual(Buffer.alloc(1_000, count));
  }
});
