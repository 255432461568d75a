import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerProbe } from '../../main/engine/sfu/probe.ts';
import { decodeStun } from '../../main/engine/stun/message.ts';
import { ManualClock } from '../testing/clock.ts';
import { PROBE_PAUSES_MS } from './constants.ts';
import { Prober, type ProbeSource } from './prober.ts';

const carrier = randomBytes(32);
const to = { address: '203.0.113.7', port: 40_000 };

/** A prober whose datagrams are kept, on a server with two addresses. */
function probing() {
  const clock = new ManualClock();
  const sent: { source: ProbeSource; datagram: Buffer }[] = [];
  const prober = new Prober(clock, (source, datagram) => sent.push({ source, datagram }) > 0);
  const answer = (index: number) => {
    const message = decodeStun(sent[index]?.datagram ?? Buffer.alloc(0));
    return (message && answerProbe(message, carrier)) ?? Buffer.alloc(0);
  };
  return { clock, sent, prober, answer };
}

/** Lets everything time out. */
async function timeOut(clock: ManualClock): Promise<void> {
  for (const pauseMs of PROBE_PAUSES_MS) clock.advance(pauseMs);
  await Promise.resolve();
}

describe('probes', () => {
  test('go from nowhere else where the first is not answered, three times, and end', async () => {
    const { clock, sent, prober } = probing();
    const shown = prober.shows(carrier, to);

    await timeOut(clock);

    expect(await shown).toEqual({ known: false, otherPort: undefined, otherAddress: undefined });
    expect(sent.map(({ source }) => source)).toEqual(['known', 'known', 'known']);
    expect(clock.pending).toBe(0);
  });

  test('are answered from the very address alone', async () => {
    const { clock, prober, answer } = probing();
    const shown = prober.shows(carrier, to);

    prober.received(answer(0), to.address, to.port + 1);
    prober.received(answer(0), '203.0.113.8', to.port);
    await timeOut(clock);

    expect((await shown).known).toBe(false);
  });

  test('show by which of them come through what the filter is', async () => {
    const { clock, sent, prober, answer } = probing();
    const shown = prober.shows(carrier, to);
    prober.received(answer(0), to.address, to.port);
    await Promise.resolve();
    await Promise.resolve();
    expect(sent.map(({ source }) => source)).toEqual(['known', 'other-port', 'other-address']);

    prober.received(answer(1), to.address, to.port);
    await timeOut(clock);

    expect(await shown).toEqual({ known: true, otherPort: true, otherAddress: false });
  });

  test('are given up when the server closes', async () => {
    const { clock, prober } = probing();
    const shown = prober.shows(carrier, to);

    prober.close();

    expect((await shown).known).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test('take no bytes of chance for an answer', async () => {
    const { clock, prober } = probing();
    const shown = prober.shows(carrier, to);
    const header = Buffer.from('036800002112a442', 'hex');
    const almost = fc
      .uint8Array({ minLength: 12, maxLength: 12 })
      .map((id) => Buffer.concat([header, Buffer.from(id)]));
    const datagram = fc.oneof(
      almost,
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    );

    fc.assert(fc.property(datagram, (bytes) => prober.received(bytes, to.address, to.port)));
    await timeOut(clock);

    expect((await shown).known).toBe(false);
  });
});
