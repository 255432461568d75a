import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeptLetter } from './index.ts';
import { MemoryMailbox } from './memory.ts';

const LIMITS = { mailboxEnvelopes: 16, mailboxBytes: 100_000, mailboxTotalBytes: 10_000_000 };
let sequence = 0;

function letter(changes: Partial<KeptLetter['envelope']> = {}, expiresAtMs = 1_000): KeptLetter {
  sequence++;
  return {
    sequence,
    expiresAtMs,
    envelope: {
      id: `id-${sequence}`,
      from: 'alice',
      fromDevice: 'alice-desk',
      to: 'bob',
      sentAt: 0,
      sealed: 'AAAA',
      ...changes,
    },
  };
}

function ids(letters: readonly KeptLetter[]): string[] {
  return letters.map(({ envelope }) => envelope.id);
}

describe('the mailbox in memory', () => {
  test('keeps for all machines until the end of its time, once each', () => {
    const mailbox = new MemoryMailbox(LIMITS);
    const first = letter();
    const second = letter();
    mailbox.put(first, 0);
    mailbox.put(second, 0);

    mailbox.received('bob', 'desk', first.envelope.id);

    expect(ids(mailbox.waiting('bob', 'desk', 999))).toEqual([second.envelope.id]);
    expect(ids(mailbox.waiting('bob', 'lap', 999))).toEqual([first.envelope.id, second.envelope.id]);
    expect(mailbox.waiting('bob', 'lap', 1_000)).toEqual([]);
    expect(mailbox.size).toEqual({ envelopes: 0, bytes: 0 });
  });

  test('forgets what was for one machine when that one has it, and only then', () => {
    const mailbox = new MemoryMailbox(LIMITS);
    const { envelope, ...rest } = letter({ toDevice: 'desk' });
    mailbox.put({ envelope, ...rest }, 0);

    mailbox.received('bob', 'lap', envelope.id);
    mailbox.received('eve', 'desk', envelope.id);
    expect(mailbox.size.envelopes).toBe(1);
    mailbox.received('bob', 'desk', envelope.id);

    expect(mailbox.size).toEqual({ envelopes: 0, bytes: 0 });
  });

  test('knows what it has, and lets nobody take the name of it', () => {
    const mailbox = new MemoryMailbox(LIMITS);
    const kept = letter();

    expect(mailbox.put(kept, 0)).toBe('kept');
    expect(mailbox.put(kept, 0)).toBe('known');
    expect(mailbox.put(letter({ id: kept.envelope.id, from: 'eve' }), 0)).toBe('full');

    expect(mailbox.waiting('bob', 'desk', 0)).toEqual([kept]);
  });

  test('lets one sender fill only a share', () => {
    const mailbox = new MemoryMailbox(LIMITS);
    const results = Array.from({ length: 5 }, () => mailbox.put(letter({ from: 'eve' }), 0));

    expect(results).toEqual(['kept', 'kept', 'kept', 'kept', 'full']);
    expect(mailbox.put(letter(), 0)).toBe('kept');
  });

  test('lets one sender fill only a share of all mailboxes together', () => {
    const mailbox = new MemoryMailbox({ ...LIMITS, mailboxTotalBytes: 64 * 2_000 });
    const results = Array.from({ length: 5 }, (_, index) =>
      mailbox.put(letter({ from: 'eve', to: `user-${index}` }), 0),
    );

    expect(results).toContain('full');
    expect(mailbox.put(letter(), 0)).toBe('kept');
  });

  test('makes room by forgetting the oldest that a machine has', () => {
    const mailbox = new MemoryMailbox({ ...LIMITS, mailboxEnvelopes: 4 });
    const senders = ['a', 'b', 'c', 'd'];
    const letters = senders.map((from) => letter({ from }));
    for (const each of letters) mailbox.put(each, 0);
    expect(mailbox.put(letter({ from: 'e' }), 0)).toBe('full');

    mailbox.received('bob', 'desk', letters[2]?.envelope.id ?? '');

    expect(mailbox.put(letter({ from: 'e', id: 'new' }), 0)).toBe('kept');
    expect(ids(mailbox.waiting('bob', 'lap', 0))).toEqual(
      [0, 1, 3].map((index) => letters[index]?.envelope.id).concat('new'),
    );
  });

  test('makes room within the share of a sender the same way', () => {
    const mailbox = new MemoryMailbox({ ...LIMITS, mailboxEnvelopes: 4 });
    const first = letter();
    mailbox.put(first, 0);
    mailbox.received('bob', 'desk', first.envelope.id);

    expect(mailbox.put(letter(), 0)).toBe('kept');
    expect(mailbox.size.envelopes).toBe(1);
  });

  test('whatever happens, it stays within its bounds and counts right', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    const action = fc.oneof(
      fc.record({
        do: fc.constant('put' as const),
        from: names,
        to: names,
        toDevice: fc.option(names, { nil: undefined }),
        size: fc.integer({ min: 1, max: 3_000 }),
        ttl: fc.integer({ min: 1, max: 50 }),
      }),
      fc.record({ do: fc.constant('receive' as const), to: names, device: names, pick: fc.nat(30) }),
    );
    const limits = { mailboxEnvelopes: 8, mailboxBytes: 16_000, mailboxTotalBytes: 300_000 };

    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const mailbox = new MemoryMailbox(limits);
        actions.forEach((each, nowMs) => {
          if (each.do === 'put') {
            const { from, to, toDevice, size, ttl } = each;
            mailbox.put(letter({ from, to, toDevice, sealed: 'A'.repeat(size) }, nowMs + ttl), nowMs);
          } else {
            const waiting = mailbox.waiting(each.to, each.device, nowMs);
            const { envelope } = waiting[each.pick % Math.max(1, waiting.length)] ?? letter();
            mailbox.received(each.to, each.device, envelope.id);
            expect(ids(mailbox.waiting(each.to, each.device, nowMs))).not.toContain(envelope.id);
          }
          const { envelopes, bytes } = mailbox.size;
          expect(envelopes).toBeLessThanOrEqual(3 * limits.mailboxEnvelopes);
          expect(bytes).toBeLessThanOrEqual(3 * limits.mailboxBytes);
        });
        mailbox.sweep(1e9);
        expect(mailbox.size).toEqual({ envelopes: 0, bytes: 0 });
      }),
    );
  });
});
