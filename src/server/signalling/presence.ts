/**
 * Who sees whom online. A machine is told of a user only when it names that user and a machine of that user, shown
 * online itself, names the machine's user: both list each other, or nothing is said.
 */
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export class Presence {
  readonly #sessions: Pick<Sessions, 'user'>;

  constructor(sessions: Pick<Sessions, 'user'>) {
    this.#sessions = sessions;
  }

  /** A session began or ceased to be shown online: those it names may have to be told. */
  sessionChanged(session: Session): void {
    for (const contact of session.contacts) this.#tellUserAbout(contact, session.userId);
  }

  /** A client named its contacts. It is told who of them is online, and they about it where that changed. */
  setContacts(session: Session, userIds: readonly string[]): void {
    const before = session.contacts;
    session.contacts = new Set(userIds.filter((userId) => userId !== session.userId));
    session.hasNamedContacts = true;
    for (const userId of session.told.keys()) {
      if (!session.contacts.has(userId)) session.told.delete(userId);
    }
    this.tellAll(session);
    for (const userId of before) {
      if (!session.contacts.has(userId)) this.#tellUserAbout(userId, session.userId);
    }
    for (const userId of session.contacts) {
      if (!before.has(userId)) this.#tellUserAbout(userId, session.userId);
    }
  }

  /**
   * Tells a client everything about its contacts, also what it may know already: some of it may have been lost with its
   * last connection. Who was never said to be online is not said to be offline.
   */
  tellAll(session: Session): void {
    if (!session.hasNamedContacts) return;
    for (const contact of session.contacts) {
      const online = this.isOnlineFor(session.userId, contact);
      if (online || session.told.has(contact)) this.#tell(session, contact, online);
    }
  }

  /** Whether a machine of the target's that is shown online names the viewer. */
  isOnlineFor(viewer: string, target: string): boolean {
    const user = this.#sessions.user(target);
    if (!user) return false;
    for (const session of user.sessions.values()) {
      if (session.present && session.contacts.has(viewer)) return true;
    }
    return false;
  }

  #tellUserAbout(viewer: string, target: string): void {
    const user = this.#sessions.user(viewer);
    if (!user) return;
    const online = this.isOnlineFor(viewer, target);
    for (const session of user.sessions.values()) {
      if (!session.connection || !session.hasNamedContacts || !session.contacts.has(target)) continue;
      if (online !== (session.told.get(target) ?? false)) this.#tell(session, target, online);
    }
  }

  #tell(session: Session, userId: string, online: boolean): void {
    session.told.set(userId, online);
    session.connection?.send({ type: 'presence', userId, online });
  }
}
