import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { MAX_WAITING_MEDIA_BYTES, WAITING_MEDIA_MS } from './constants.ts';
import { WaitingMedia } from './waiting-media.ts';

describe('media that waits for a path', () => {
  it('is a copy, in order, and given once', () => {
    const waiting = new WaitingMedia(new SimulatedClock());
    const datagram = Buffer.from([1]);
    waiting.keep(datagram);
    waiting.keep(Buffer.from([2]));
    datagram[0] = 9;
    expect(waiting.take()).toEqual([Buffer.from([1]), Buffer.from([2])]);
    expect(waiting.take()).toEqual([]);
  });

  it('stops at its bytes', () => {
    const waiting = new WaitingMedia(new SimulatedClock());
    const large = Buffer.alloc(MAX_WAITING_MEDIA_BYTES / 4 + 1);
    for (let count = 0; count < 5; count++) waiting.keep(large);
    expect(waiting.take()).toHaveLength(3);
  });

  it('is none any more when it is old, and makes room for what is said then', async () => {
    const clock = new SimulatedClock();
    const waiting = new WaitingMedia(clock);
    waiting.keep(Buffer.from([1]));
    await clock.run(WAITING_MEDIA_MS + 1);
    waiting.keep(Buffer.from([2]));
    expect(waiting.take()).toEqual([Buffer.from([2])]);
    waiting.keep(Buffer.from([3]));
    await clock.run(WAITING_MEDIA_MS + 1);
    expect(waiting.take()).toEqual([]);
  });
});
