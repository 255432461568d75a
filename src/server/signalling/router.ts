/**
 * Envelopes from sender to receiver. Each accepted one gets its place in one order; a machine that has several waiting gets
 * them in that order. Delivered means sent, and only `received` from the machine means had.
 */
import type { ClientFrame, RefusalReason, ServerFrame } from '../../shared/rendezvous.ts';
import type { Clock } from '../clock.ts';
import type { ServerLimits } from '../constants.ts';
import type { Metrics } from '../metrics.ts';
import type { Letter, Mailbox } from '../store/index.ts';
import type { KeyedTokenBuckets } from '../token-buckets.ts';
import type { Session } from './session.ts';
import type { SentRecord, Sessions } from './sessions.ts';

type SendFrame = Extract<ClientFrame, { type: 'send' }>;

export interface RouterParts {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly metrics: Metrics;
  readonly mailbox: Mailbox;
  readonly sessions: Sessions;
  /** By user. */
  readonly envelopeRate: KeyedTokenBuckets;
}

export class Router {
  readonly #parts: RouterParts;
  #sequence: number;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    // Above every number an earlier run gave out, for a mailbox that outlives the process.
    this.#sequence = parts.clock.wallNow() * 1_000;
  }

  /** Answers every `send` with `sent` or `refused`. */
  send(sender: Session, { envelope, ttlMs }: SendFrame): void {
    const { clock, limits, sessions, envelopeRate } = this.#parts;
    const { id } = envelope;
    if (envelope.from !== sender.userId || envelope.fromDevice !== sender.deviceId) {
      this.#refuse(sender, id, 'not-yours');
    } else if (Buffer.byteLength(envelope.sealed, 'base64url') > limits.envelopeBytes) {
      this.#refuse(sender, id, 'too-large');
    } else if (!envelopeRate.take(sender.userId, clock.now())) {
      this.#refuse(sender, id, 'too-many');
    } else {
      const user = sessions.user(sender.userId);
      const before = user?.sentBefore(id);
      if (before) {
        this.#confirm(sender, id, before, 'repeated');
        return;
      }
      const letter = { sequence: this.#sequence++, envelope };
      const result = this.#route(letter, ttlMs);
      if (result === 'full') {
        this.#refuse(sender, id, 'mailbox-full');
        return;
      }
      const reached = result.devices > 0 || result.kept;
      // One that reached nobody may be sent again under its name, and then reach somebody.
      if (reached) user?.rememberSent(id, result);
      this.#confirm(sender, id, result, reached ? 'taken' : 'nobody');
    }
  }

  /** The machine has the envelope safely. */
  received(session: Session, id: string): void {
    session.queue.remove(id);
    this.#parts.mailbox.received(session.userId, session.deviceId, id);
  }

  /** Delivers, in order, everything that waits for a machine that has just connected. */
  deliverWaiting(session: Session): void {
    const kept = this.#parts.mailbox.waiting(session.userId, session.deviceId, this.#parts.clock.wallNow());
    const letters = [...session.queue.letters, ...kept].sort((a, b) => a.sequence - b.sequence);
    for (const { envelope } of letters) {
      if (!session.connection?.open) return;
      session.connection.send({ type: 'deliver', envelope });
      this.#parts.metrics.deliveries.inc({ moment: 'later' });
    }
  }

  /**
   * A machine counts as reached when it is shown online: connected, or dropped a moment ago. What waits for one that has
   * been away longer, or in the mailbox, counts as kept.
   */
  #route(letter: Letter, ttlMs: number): SentRecord | 'full' {
    const { clock, mailbox } = this.#parts;
    const { envelope } = letter;
    let inMailbox = false;
    let full = false;
    if (ttlMs > 0) {
      const wallNow = clock.wallNow();
      const put = mailbox.put({ ...letter, expiresAtMs: wallNow + ttlMs }, wallNow);
      if (put === 'known') return { devices: 0, kept: true };
      inMailbox = put === 'kept';
      full = put === 'full';
    }
    let devices = 0;
    let kept = inMailbox;
    let text: string | undefined;
    for (const session of this.#receivers(letter)) {
      if (!inMailbox && !session.queue.add(letter, clock.now())) {
        full = true;
        continue;
      }
      if (session.connection) {
        text ??= JSON.stringify({ type: 'deliver', envelope } satisfies ServerFrame);
        session.connection.sendText(text);
        this.#parts.metrics.deliveries.inc({ moment: 'at-once' });
      }
      if (session.present) devices++;
      else kept = true;
    }
    return full && devices === 0 && !kept ? 'full' : { devices, kept };
  }

  /** The sessions an envelope is for: one machine, or all of the user's but the one that sent it. */
  #receivers({ envelope }: Letter): Session[] {
    const user = this.#parts.sessions.user(envelope.to);
    if (!user) return [];
    if (envelope.toDevice !== undefined) {
      const session = user.sessions.get(envelope.toDevice);
      return session ? [session] : [];
    }
    const all = [...user.sessions.values()];
    return envelope.to === envelope.from
      ? all.filter((session) => session.deviceId !== envelope.fromDevice)
      : all;
  }

  #confirm(sender: Session, id: string, { devices, kept }: SentRecord, result: string): void {
    this.#parts.metrics.envelopes.inc({ result });
    sender.connection?.send({ type: 'sent', id, devices, kept });
  }

  #refuse(sender: Session, id: string, reason: RefusalReason): void {
    this.#parts.metrics.envelopes.inc({ result: reason });
    sender.connection?.send({ type: 'refused', id, reason });
  }
}
