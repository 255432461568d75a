/**
 * Which envelopes were believed already. Bounded in every direction, and never wrong on the unsafe side: whatever had to be
 * forgotten leaves a floor behind, and anything older than the floor is taken for old. Nothing is forgotten for its age
 * alone: a server that lies about the time could make it young again.
 */
import { z } from 'zod';

const Sender = z.object({ floor: z.number(), seen: z.array(z.tuple([z.string(), z.number()])) });
const Seen = z.object({ floor: z.number(), senders: z.array(z.tuple([z.string(), Sender])) });

/** A memory as plain data, to be kept over a restart. */
export type Seen = z.infer<typeof Seen>;

interface SenderMemory {
  /** Nothing of this sender that was sent at or before this time is new, ms since 1970. */
  floor: number;
  /** When each remembered envelope was sent, in the order they came. */
  readonly seen: Map<string, number>;
}

export class ReplayMemory {
  readonly #perSender: number;
  readonly #mostSenders: number;
  /** The sender heard last stands last. */
  readonly #senders = new Map<string, SenderMemory>();
  #floor = 0;

  /** @param perSender envelopes remembered of each sender */
  constructor(perSender: number, mostSenders: number) {
    this.#perSender = perSender;
    this.#mostSenders = mostSenders;
  }

  /** `new`, or why it is not to be believed. Changes nothing. */
  judge(from: string, id: string, sentAt: number): 'new' | 'replayed' | 'stale' {
    const sender = this.#senders.get(from);
    if (sender?.seen.has(id)) return 'replayed';
    return sentAt <= Math.max(this.#floor, sender?.floor ?? 0) ? 'stale' : 'new';
  }

  /** Remembers one that was judged new. */
  remember(from: string, id: string, sentAt: number): void {
    const sender = this.#senders.get(from) ?? { floor: 0, seen: new Map<string, number>() };
    sender.seen.set(id, sentAt);
    if (sender.seen.size > this.#perSender) forgetOldest(sender);
    this.#senders.delete(from);
    this.#senders.set(from, sender);
    if (this.#senders.size > this.#mostSenders) this.#forgetQuietest();
  }

  export(): Seen {
    return {
      floor: this.#floor,
      senders: [...this.#senders].map(([from, { floor, seen }]) => [from, { floor, seen: [...seen] }]),
    };
  }

  /** Takes over what `export` gave in an earlier run; anything else is as good as nothing, and says so by `false`. */
  import(exported: unknown): boolean {
    const parsed = Seen.safeParse(exported);
    if (!parsed.success) return false;
    this.#floor = parsed.data.floor;
    for (const [from, { floor, seen }] of parsed.data.senders) {
      this.#senders.set(from, { floor, seen: new Map(seen) });
    }
    return true;
  }

  #forgetQuietest(): void {
    for (const [from, sender] of this.#senders) {
      this.#senders.delete(from);
      this.#floor = Math.max(this.#floor, sender.floor, ...sender.seen.values());
      return;
    }
  }
}

function forgetOldest(sender: SenderMemory): void {
  let oldest: [string, number] | undefined;
  for (const entry of sender.seen) if (oldest === undefined || entry[1] < oldest[1]) oldest = entry;
  if (oldest === undefined) return;
  sender.seen.delete(oldest[0]);
  sender.floor = Math.max(sender.floor, oldest[1]);
}
