/** Who is here: all sessions by user and machine, and their coming and going. */
import type { Clock } from '../clock.ts';
import { SENT_MEMORY, type ServerLimits } from '../constants.ts';
import type { Connection } from './connection.ts';
import { Session } from './session.ts';

/** What became of an envelope, as the sender was told. */
export interface SentRecord {
  readonly devices: number;
  readonly kept: boolean;
}

/** A user with at least one session. */
export class User {
  readonly sessions = new Map<string, Session>();
  readonly #sent = new Map<string, SentRecord>();

  /** What was said about an envelope of this user's, when it was sent before. */
  sentBefore(id: string): SentRecord | undefined {
    return this.#sent.get(id);
  }

  rememberSent(id: string, record: SentRecord): void {
    if (this.#sent.size >= SENT_MEMORY) {
      for (const oldest of this.#sent.keys()) {
        this.#sent.delete(oldest);
        break;
      }
    }
    this.#sent.set(id, record);
  }
}

export interface Attached {
  readonly session: Session;
  readonly resumed: boolean;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  readonly #presenceChanged: (session: Session) => void;
  readonly #forgotten: (session: Session) => void;
  readonly #users = new Map<string, User>();
  #connected = 0;
  #resumable = 0;

  /**
   * @param presenceChanged told when a session begins or ceases to be shown online
   * @param forgotten told when what belongs to a session goes: it has ended, or its client has started over
   */
  constructor(
    clock: Clock,
    limits: ServerLimits,
    presenceChanged: (session: Session) => void,
    forgotten: (session: Session) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#presenceChanged = presenceChanged;
    this.#forgotten = forgotten;
  }

  get connected(): number {
    return this.#connected;
  }

  get resumable(): number {
    return this.#resumable;
  }

  user(userId: string): User | undefined {
    return this.#users.get(userId);
  }

  /**
   * Puts an authenticated connection under its machine's session, new or old. A connection the machine still had gets
   * its goodbye. Null when the user has too many machines connected.
   */
  attach(
    userId: string,
    deviceId: string,
    resume: string | undefined,
    connection: Connection,
    address: string,
  ): Attached | null {
    const user = this.#users.get(userId) ?? new User();
    const known = user.sessions.get(deviceId);
    if (!known && !this.#makeRoom(user)) return null;
    const session = known ?? new Session(userId, deviceId, this.#limits);
    const resumed = known !== undefined && known.id === resume;
    if (known && !resumed) {
      known.startOver();
      this.#forgotten(known);
    }
    const replaced = session.connection;
    if (replaced) this.#connected--;
    else if (known) this.#resumable--;
    this.#clearTimers(session);
    session.connection = connection;
    session.address = address;
    this.#connected++;
    user.sessions.set(deviceId, session);
    this.#users.set(userId, user);
    replaced?.goodbye('replaced');
    this.#setPresent(session, true);
    return { session, resumed };
  }

  /**
   * A connection has ended. A session that has another one by now does not care.
   *
   * @param leaving the client said so: nothing is kept for its return
   */
  detach(session: Session, connection: Connection, leaving: boolean): void {
    if (session.connection !== connection) return;
    session.connection = null;
    session.droppedAtMs = this.#clock.now();
    this.#connected--;
    this.#resumable++;
    if (leaving) {
      this.#remove(session);
      return;
    }
    const { presenceGraceMs, resumableMs } = this.#limits;
    session.graceTimer = this.#clock.setTimer(() => this.#setPresent(session, false), presenceGraceMs);
    session.resumeTimer = this.#clock.setTimer(() => this.#remove(session), resumableMs);
  }

  /** Ends every session without telling anybody: the server closes. */
  clear(): void {
    for (const user of this.#users.values()) {
      for (const session of user.sessions.values()) {
        session.connection = null;
        this.#clearTimers(session);
      }
    }
    this.#users.clear();
    this.#connected = 0;
    this.#resumable = 0;
  }

  #setPresent(session: Session, present: boolean): void {
    if (session.present === present) return;
    session.present = present;
    this.#presenceChanged(session);
  }

  /** A machine that is away gives way to one that is here, the one longest away first. */
  #makeRoom(user: User): boolean {
    if (user.sessions.size < this.#limits.devicesPerUser) return true;
    let longestAway: Session | undefined;
    for (const session of user.sessions.values()) {
      if (session.connection) continue;
      if (!longestAway || session.droppedAtMs < longestAway.droppedAtMs) longestAway = session;
    }
    if (!longestAway) return false;
    this.#remove(longestAway);
    return true;
  }

  #remove(session: Session): void {
    this.#clearTimers(session);
    this.#setPresent(session, false);
    this.#resumable--;
    this.#forgotten(session);
    const user = this.#users.get(session.userId);
    user?.sessions.delete(session.deviceId);
    if (user?.sessions.size === 0) this.#users.delete(session.userId);
  }

  #clearTimers(session: Session): void {
    this.#clock.clearTimer(session.graceTimer);
    this.#clock.clearTimer(session.resumeTimer);
  }
}
