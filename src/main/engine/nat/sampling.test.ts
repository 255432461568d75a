/** Samples of the next port, over real sockets. */
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { CountingOutside } from '../../../../test/support/counting-outside.ts';
import { mappedResponse, startStunResponder } from '../path/testing/responder.ts';
import { sampleMapping } from './sampling.ts';

const logger = pino({ level: 'silent' });
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function sampleFrom(answer?: Parameters<typeof startStunResponder>[0], signal?: AbortSignal) {
  const counting = new CountingOutside();
  const responder = await startStunResponder(answer);
  closers.push(() => responder.close());
  const server = { address: '127.0.0.1', port: responder.port };
  const { outside } = counting;
  const sample = await sampleMapping({ outside, family: 'IPv4', server, signal, logger });
  return { sample, counting, responder };
}

describe('a sample of the next port', () => {
  it('is what the server sees a socket made for it at, and leaves nothing open', async () => {
    const seen: number[] = [];
    const { sample, counting } = await sampleFrom((request, from, socket) => {
      seen.push(from.port);
      socket.send(mappedResponse(request, '203.0.113.9', from.port + 1), from.port, from.address);
    });
    expect(sample).toEqual({ address: '203.0.113.9', port: (seen[0] ?? 0) + 1 });
    expect(seen).toHaveLength(1);
    expect([counting.sockets, counting.timers.size]).toEqual([0, 0]);
  });

  it('is null within a second or so when nobody answers', async () => {
    const startedAtMs = performance.now();
    const { sample, counting, responder } = await sampleFrom(() => undefined);
    expect(sample).toBeNull();
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    expect(responder.asked).toBe(3);
    expect([counting.sockets, counting.timers.size]).toEqual([0, 0]);
  });

  it('ends when it is no longer wanted', async () => {
    const controller = new AbortController();
    const { sample, counting } = await sampleFrom(() => controller.abort(), controller.signal);
    expect(sample).toBeNull();
    expect([counting.sockets, counting.timers.size]).toEqual([0, 0]);
  });
});
