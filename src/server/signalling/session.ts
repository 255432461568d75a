/**
 * One machine of one user, from its first authentication until it leaves or its time to resume runs out. Connections
 * come and go under it.
 */
import { randomBytes } from 'node:crypto';
import type { ServerFrame } from '../../shared/rendezvous.ts';
import { SESSION_ID_BYTES, type ServerLimits } from '../constants.ts';
import type { Connection } from './connection.ts';
import { DeliveryQueue } from './delivery-queue.ts';

export class Session {
  readonly userId: string;
  readonly deviceId: string;
  readonly queue: DeliveryQueue;
  /** Changes when the machine comes back without resuming. */
  id = newSessionId();
  connection: Connection | null = null;
  /** Where its newest connection came from, canonical text. */
  address = '';
  /** Shown online: connected, or dropped so lately that it may be back before anybody looks. */
  present = false;
  /** Whose presence it wants. */
  contacts: ReadonlySet<string> = new Set();
  /** What it was last told about each of them; empty until it has named its contacts. */
  readonly told = new Map<string, boolean>();
  /** Whether its client has named contacts since the session got its ID. */
  hasNamedContacts = false;
  /** Timers that run while it has no connection. */
  graceTimer: unknown;
  resumeTimer: unknown;
  droppedAtMs = 0;

  constructor(userId: string, deviceId: string, limits: ServerLimits) {
    this.userId = userId;
    this.deviceId = deviceId;
    this.queue = new DeliveryQueue(limits);
  }

  /** Says something to the machine if it is there. */
  tell(frame: ServerFrame): void {
    this.connection?.send(frame);
  }

  /**
   * The client has started over and knows nothing of before. Contacts stay until it names them again, so that others do
   * not see it vanish; undelivered letters stay because they are for the machine.
   */
  startOver(): void {
    this.id = newSessionId();
    this.told.clear();
    this.hasNamedContacts = false;
  }
}

function newSessionId(): string {
  return randomBytes(SESSION_ID_BYTES).toString('base64url');
}
