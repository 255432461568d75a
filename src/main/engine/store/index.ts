/**
 * What this machine keeps: identity, profile, settings, people, recent calls. Plain JSON, one file a subject, each
 * replaced whole. Nothing stored is lost or silently reset: a file that cannot be read stops the start with a sentence.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Notice, Settings } from '../../../shared/app.ts';
import { CallRecord } from '../../../shared/call.ts';
import { Contact, ContactRequest } from '../../../shared/contacts.ts';
import { MAX_CONTACTS } from '../../../shared/rendezvous.ts';
import { DeviceId, PersonName } from '../../../shared/words.ts';
import type { Clock, Random } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { DIRECTORY_MODE, MAX_RECENT_CALLS, MAX_REQUESTS } from './constants.ts';
import { Document, Rows } from './document.ts';
import { codeOf, reasonOf, StoreUnreadableError, StoreUnwritableError } from './errors.ts';
import { unfinishedFile } from './json-file.ts';
import { type Lock, takeLock } from './lock.ts';
import { type SecretBox, StoredSecret } from './secret.ts';
import { StoredSettings } from './settings.ts';
import { StoredVolunteering } from './volunteering.ts';

export { StoreInUseError, StoreUnreadableError, StoreUnwritableError } from './errors.ts';
export type { SecretBox } from './secret.ts';
export { DEFAULT_SETTINGS } from './settings.ts';
export type { StoredVolunteering, VolunteeringRecord } from './volunteering.ts';

export const StoredContact = Contact.omit({ online: true });
export type StoredContact = z.infer<typeof StoredContact>;

/** Rows by name. Lists are copies; every change is on disk when the call returns, or throws StoreUnwritableError. */
export interface StoredRows<T> {
  list(): T[];
  get(userId: string): T | undefined;
  /** Adds or replaces. False when the list is full and this one would be new. */
  put(row: T): boolean;
  /** Fine when there is none. */
  remove(userId: string): void;
}

export interface Store {
  readonly directory: string;
  /** This machine's own name among the machines of its user; it stays when an identity is moved here. */
  readonly deviceId: DeviceId;
  /** The identity's secret. `null` before the first start. */
  readonly identity: { load(): Buffer | null; save(secret: Buffer): void };
  /** `name` is empty until the first start is done. */
  readonly profile: { readonly name: string; setName(name: string): void };
  readonly settings: { get(): Settings; update(changes: Partial<Settings>): Settings };
  readonly contacts: StoredRows<StoredContact>;
  readonly requests: StoredRows<ContactRequest>;
  /** Newest first, the newest 500. */
  readonly recents: { list(): CallRecord[]; add(record: CallRecord): void; clear(): void };
  /** What `Envelopes` must not forget in a restart; its own form, checked by its reader. */
  readonly seenEnvelopes: { load(): unknown; save(seen: unknown): void };
  /** What was used and done for others. */
  readonly volunteering: Pick<StoredVolunteering, 'load' | 'save' | 'hold'>;
  /** Gives the folder free. Twice is fine; later changes throw. */
  close(): void;
}

export interface StoreOptions {
  readonly secretBox?: SecretBox;
  readonly onNotice: (notice: Notice) => void;
  readonly clock: Clock;
  readonly random?: Random;
}

const FILES = [
  'device',
  'identity',
  'profile',
  'settings',
  'contacts',
  'requests',
  'recents',
  'envelopes',
  'volunteering',
] as const;
type Documents = Record<(typeof FILES)[number], Document>;

/**
 * Opens the store in `directory`, which is made where it is missing.
 * @throws StoreUnreadableError for a file that cannot be understood; nothing is changed then
 * @throws StoreInUseError while another process has it
 * @throws StoreUnwritableError when the folder cannot be made or written
 */
export function openStore(directory: string, options: StoreOptions): Store {
  const root = resolve(directory);
  try {
    mkdirSync(root, { recursive: true, mode: DIRECTORY_MODE });
  } catch (error) {
    // mkdir(2): EEXIST for a file in the folder's place, ENOTDIR for one on the way to it.
    const isFile = ['EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '');
    const why = isFile ? 'a folder is needed, and a file lies in its place' : reasonOf(error);
    throw new StoreUnwritableError(root, why, { cause: error });
  }
  const lock = takeLock(root, options.clock.wallNow());
  try {
    return readStore(root, options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function readStore(root: string, options: StoreOptions, lock: Lock): Store {
  const documents = Object.fromEntries(
    FILES.map((name) => [name, new Document(join(root, `${name}.json`))]),
  ) as Documents;
  if (!documents.identity.existed && (documents.contacts.existed || documents.profile.existed)) {
    throw new StoreUnreadableError(
      documents.identity.file,
      'it is missing, although there are contacts or a profile of its user',
    );
  }
  const settings = new StoredSettings(documents.settings);
  const volunteering = new StoredVolunteering(documents.volunteering, () => lock.hold());
  const contacts = new Rows(documents.contacts, StoredContact, (contact) => contact.userId);
  const requests = new Rows(documents.requests, ContactRequest, (request) => request.userId);
  const recents = new Rows(documents.recents, CallRecord, (record) => record.id);
  const deviceId = readDeviceId(documents.device, options.random ?? realOutside.random);
  const name = readName(documents.profile);
  // A crash may leave these; what they were to replace still stands.
  for (const document of Object.values(documents)) rmSync(unfinishedFile(document.file), { force: true });

  const partly = [
    ...settings.unreadable.map((key) => `${documents.settings.file}: ${key}`),
    ...[
      { rows: contacts, document: documents.contacts },
      { rows: requests, document: documents.requests },
      { rows: recents, document: documents.recents },
    ]
      .filter(({ rows }) => rows.unreadable > 0)
      .map(({ rows, document }) => `${document.file}: ${rows.unreadable}`),
  ];
  for (const detail of partly) options.onNotice({ code: 'store-unreadable', detail });

  return {
    directory: root,
    deviceId,
    identity: new StoredSecret(documents.identity, options.secretBox, options.onNotice),
    profile: storedProfile(documents.profile, name),
    settings,
    contacts: storedRows(contacts, MAX_CONTACTS),
    requests: storedRows(requests, MAX_REQUESTS),
    recents: {
      list: () => recents.list(),
      add(record) {
        recents.put(record, 'beginning');
        recents.shorten(MAX_RECENT_CALLS);
      },
      clear: () => recents.shorten(0),
    },
    seenEnvelopes: {
      load: () => documents.envelopes.get('seen'),
      save: (seen) => documents.envelopes.update({ seen }),
    },
    volunteering,
    close() {
      for (const document of Object.values(documents)) document.close();
      lock.release();
    },
  };
}

function storedRows<T extends object>(rows: Rows<T>, limit: number): StoredRows<T> {
  return {
    list: () => rows.list(),
    get: (userId) => rows.find(userId),
    put: (row) => rows.put(row, 'end', limit),
    remove: (userId) => rows.remove(userId),
  };
}

function storedProfile(document: Document, stored: string): Store['profile'] {
  let name = stored;
  return {
    get name() {
      return name;
    },
    setName(next) {
      const checked = PersonName.parse(next);
      document.update({ name: checked });
      name = checked;
    },
  };
}

function readName(document: Document): string {
  const name = z.union([z.undefined(), PersonName]).safeParse(document.get('name'));
  if (!name.success) throw new StoreUnreadableError(document.file, 'the name in it is not one');
  return name.data ?? '';
}

function readDeviceId(document: Document, random: Random): DeviceId {
  if (document.existed) {
    const stored = DeviceId.safeParse(document.get('deviceId'));
    if (!stored.success) throw new StoreUnreadableError(document.file, 'the device ID in it is damaged');
    return stored.data;
  }
  const deviceId = random.bytes(12).toString('base64url');
  document.update({ deviceId });
  return deviceId;
}
