/** Contacts: how two people come to know each other, who is online, who is kept out. */
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { Contact, ContactRequest, People as PeopleSnapshot } from '../../../shared/contacts.ts';
import type { ReceivedSignal, Signal } from '../../../shared/signal.ts';
import { PersonName, type UserId } from '../../../shared/words.ts';
import { LinkChecksumError, LinkUnreadableError } from '../identity/errors.ts';
import { parseLink } from '../identity/link.ts';
import type { Clock } from '../outside/index.ts';
import type { Store, StoredContact } from '../store/index.ts';
import { CONTACT_SIGNAL_TTL_MS, MAX_REQUESTS } from './constants.ts';
import { RefusedError } from './errors.ts';
import type { Postbox } from './postbox.ts';

export interface PeopleOptions {
  readonly store: Pick<Store, 'contacts' | 'requests'>;
  readonly postbox: () => Postbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ownUserId: UserId;
  readonly ownName: () => string;
}

export class People extends EventEmitter<{
  changed: [];
  /** Whose presence the server should show us. */
  watched: [UserId[]];
  /** Somebody was blocked. */
  blocked: [UserId];
  /** Somebody asks to be a contact. */
  asked: [ContactRequest];
}> {
  readonly #options: PeopleOptions;
  readonly #online = new Set<UserId>();

  constructor(options: PeopleOptions) {
    super();
    this.#options = options;
  }

  snapshot(): PeopleSnapshot {
    return {
      contacts: this.#options.store.contacts
        .list()
        .map((contact) => ({ ...contact, online: this.#online.has(contact.userId) })),
      requests: [...this.#options.store.requests.list()],
    };
  }

  contact(userId: UserId): StoredContact | undefined {
    return this.#options.store.contacts.get(userId);
  }

  isBlocked(userId: UserId): boolean {
    return this.contact(userId)?.state === 'blocked';
  }

  isOnline(userId: UserId): boolean {
    return this.#online.has(userId);
  }

  /** Those whose presence concerns us: everybody but the blocked. */
  watched(): UserId[] {
    return this.#options.store.contacts
      .list()
      .filter(({ state }) => state !== 'blocked')
      .map(({ userId }) => userId);
  }

  /**
   * Adds the person behind a link or a spelled ID and asks them to do the same.
   * @throws RefusedError LINK_UNREADABLE, LINK_CHECKSUM, LINK_OWN, CONTACT_KNOWN or TOO_MANY
   */
  add(text: string, chosenName?: string): Contact {
    const { userId, nameHint } = readLink(text);
    if (userId === this.#options.ownUserId) throw new RefusedError('LINK_OWN');
    if (this.contact(userId)) throw new RefusedError('CONTACT_KNOWN');
    const request = this.#request(userId);
    if (request) return this.#accept(request, chosenName);
    const contact: StoredContact = {
      userId,
      name: chosenName ?? nameHint ?? '',
      state: 'waiting',
      addedAt: this.#options.clock.wallNow(),
    };
    this.#put(contact);
    this.#ask(userId);
    return { ...contact, online: false };
  }

  /** @throws RefusedError CONTACT_UNKNOWN */
  acceptRequest(userId: UserId): Contact {
    const request = this.#request(userId);
    if (!request) throw new RefusedError('CONTACT_UNKNOWN');
    return this.#accept(request);
  }

  ignoreRequest(userId: UserId): void {
    this.#options.store.requests.remove(userId);
    this.emit('changed');
  }

  rename(userId: UserId, name: string): void {
    this.#put({ ...this.#known(userId), name });
  }

  remove(userId: UserId): void {
    this.#options.store.contacts.remove(userId);
    this.#online.delete(userId);
    this.#listChanged();
  }

  /** Keeps somebody out: their envelopes are dropped unread and they do not see us online. Works on strangers too. */
  block(userId: UserId): void {
    const known = this.contact(userId);
    const request = this.#request(userId);
    this.#online.delete(userId);
    this.#put({
      userId,
      name: known?.name ?? request?.name ?? '',
      addedAt: known?.addedAt ?? this.#options.clock.wallNow(),
      state: 'blocked',
    });
    this.#options.store.requests.remove(userId);
    this.emit('changed');
    this.emit('blocked', userId);
  }

  unblock(userId: UserId): void {
    const contact = this.#known(userId);
    if (contact.state !== 'blocked') return;
    this.#put({ ...contact, state: 'waiting' });
    this.#ask(userId);
  }

  presence(userId: UserId, online: boolean): void {
    const known = this.contact(userId);
    if (!known || this.#online.has(userId) === online) return;
    if (online) this.#online.add(userId);
    else this.#online.delete(userId);
    this.emit('changed');
    // Requests outlive a server's memory only if they are asked again when there is somebody to hear them.
    if (online && known.state === 'waiting') this.#ask(userId);
  }

  /** Another server: nobody's presence is known. */
  forgetPresence(): void {
    if (this.#online.size === 0) return;
    this.#online.clear();
    this.emit('changed');
  }

  /** The connection to the server stands again: those who have not answered are asked again. */
  askAgain(): void {
    for (const contact of this.#options.store.contacts.list())
      if (contact.state === 'waiting') this.#ask(contact.userId);
  }

  handle({ from, signal }: ReceivedSignal): void {
    if (signal.type === 'contact-request') this.#requested(from, signal.name);
    else if (signal.type === 'contact-accept') this.#accepted(from, signal.name);
  }

  #requested(from: UserId, name: string): void {
    const contact = this.contact(from);
    if (contact) {
      // We have added them ourselves, so their request is the answer to ours.
      if (contact.state === 'waiting') this.#put({ ...contact, state: 'mutual', name: contact.name || name });
      this.#send(from, { type: 'contact-accept', name: this.#options.ownName() });
      return;
    }
    const { requests } = this.#options.store;
    const isNew = !this.#request(from);
    const all = requests.list();
    const oldest = all[0];
    if (isNew && all.length >= MAX_REQUESTS && oldest) requests.remove(oldest.userId);
    const request = { userId: from, name, receivedAt: this.#options.clock.wallNow() };
    requests.put(request);
    this.emit('changed');
    if (isNew) this.emit('asked', request);
  }

  #accepted(from: UserId, name: string): void {
    const contact = this.contact(from);
    if (contact?.state !== 'waiting') return;
    this.#put({ ...contact, state: 'mutual', name: contact.name || name });
  }

  #accept(request: ContactRequest, chosenName?: string): Contact {
    const contact: StoredContact = {
      userId: request.userId,
      name: chosenName ?? request.name,
      state: 'mutual',
      addedAt: this.#options.clock.wallNow(),
    };
    this.#put(contact);
    this.#options.store.requests.remove(request.userId);
    this.#send(request.userId, { type: 'contact-accept', name: this.#options.ownName() });
    return { ...contact, online: false };
  }

  #ask(userId: UserId): void {
    this.#send(userId, { type: 'contact-request', name: this.#options.ownName() });
  }

  #send(userId: UserId, signal: Signal): void {
    // Before first start is done there is no name to give; `askAgain` makes up for it.
    if (!this.#options.ownName()) return;
    this.#options
      .postbox()
      .post(userId, signal, { ttlMs: CONTACT_SIGNAL_TTL_MS })
      .catch((error) =>
        this.#options.logger.info({ err: error, signal: signal.type }, 'not sent; asked again on reconnect'),
      );
  }

  #request(userId: UserId): ContactRequest | undefined {
    return this.#options.store.requests.get(userId);
  }

  #known(userId: UserId): StoredContact {
    const contact = this.contact(userId);
    if (!contact) throw new RefusedError('CONTACT_UNKNOWN');
    return contact;
  }

  #put(contact: StoredContact): void {
    if (!this.#options.store.contacts.put(contact)) throw new RefusedError('TOO_MANY');
    this.#listChanged();
  }

  #listChanged(): void {
    this.emit('watched', this.watched());
    this.emit('changed');
  }
}

/** Reads `byway://add/<id>?name=...` or a spelled ID. The name is a hint by whoever gave the link and may be absent. */
function readLink(text: string): { userId: UserId; nameHint: string | undefined } {
  const trimmed = text.trim();
  const question = trimmed.indexOf('?');
  const link = question < 0 ? trimmed : trimmed.slice(0, question);
  const hint = question < 0 ? null : new URLSearchParams(trimmed.slice(question)).get('name');
  const name = PersonName.safeParse(hint);
  try {
    return { userId: parseLink(link), nameHint: name.success ? name.data : undefined };
  } catch (error) {
    if (error instanceof LinkChecksumError) throw new RefusedError('LINK_CHECKSUM');
    if (error instanceof LinkUnreadableError) throw new RefusedError('LINK_UNREADABLE');
    throw error;
  }
}
