import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notice, Settings } from '../../../shared/app.ts';
import type { CallRecord } from '../../../shared/call.ts';
import { realOutside } from '../outside/real.ts';
import { MAX_RECENT_CALLS, MAX_REQUESTS } from './constants.ts';
import {
  DEFAULT_SETTINGS,
  openStore,
  type SecretBox,
  type Store,
  StoreInUseError,
  StoreUnreadableError,
  StoreUnwritableError,
} from './index.ts';

let directory: string;
let notices: Notice[];
const open: Store[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'byway-store-'));
  notices = [];
});

afterEach(() => {
  for (const store of open.splice(0)) store.close();
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true, force: true });
});

function openHere(secretBox?: SecretBox): Store {
  const store = openStore(directory, {
    ...(secretBox === undefined ? {} : { secretBox }),
    onNotice: (notice) => notices.push(notice),
    clock: realOutside.clock,
  });
  open.push(store);
  return store;
}

function reopen(store: Store, secretBox?: SecretBox): Store {
  store.close();
  return openHere(secretBox);
}

const file = (name: string) => join(directory, `${name}.json`);
const json = (name: string): Record<string, unknown> => JSON.parse(readFileSync(file(name), 'utf8'));
const put = (name: string, content: unknown) =>
  writeFileSync(file(name), typeof content === 'string' ? content : JSON.stringify(content));

const ADA = 'A'.repeat(43);
const BEN = 'B'.repeat(43);
const contact = (userId: string, name: string) => ({ userId, name, state: 'mutual', addedAt: 1 }) as const;
const record = (number: number): CallRecord => ({
  id: String(number).padStart(22, '0'),
  userId: ADA,
  name: 'Ada',
  direction: 'outgoing',
  media: 'audio',
  startedAt: number,
  durationS: 1,
  end: 'hung-up-here',
});
const secret = Buffer.alloc(32, 7);

/** Seals by turning every bit around, which is enough to tell sealed from plain. */
const box: SecretBox = {
  available: true,
  seal: (plain) => Buffer.from(plain.map((byte) => byte ^ 0xff)),
  open: (sealed) => Buffer.from(sealed.map((byte) => byte ^ 0xff)),
};

describe('what is stored', () => {
  test('is there again after a restart', () => {
    const first = openHere();
    first.identity.save(secret);
    first.profile.setName('Eve');
    first.settings.update({ theme: 'dark', serverUrl: 'wss://meet.example' });
    first.contacts.put(contact(ADA, 'Ada'));
    first.contacts.put(contact(BEN, 'Ben'));
    first.contacts.put({ ...contact(ADA, 'Ada L.'), state: 'blocked' });
    first.requests.put({ userId: BEN, name: 'Ben', receivedAt: 2 });
    first.recents.add(record(1));
    first.recents.add(record(2));
    first.seenEnvelopes.save({ floor: 3 });

    const second = reopen(first);

    expect(second.deviceId).toBe(first.deviceId);
    expect(second.identity.load()).toEqual(secret);
    expect(second.profile.name).toBe('Eve');
    expect(second.settings.get()).toEqual({
      ...DEFAULT_SETTINGS,
      theme: 'dark',
      serverUrl: 'wss://meet.example',
    });
    expect(second.contacts.list()).toEqual([
      { ...contact(ADA, 'Ada L.'), state: 'blocked' },
      contact(BEN, 'Ben'),
    ]);
    expect(second.contacts.get(BEN)?.name).toBe('Ben');
    expect(second.requests.list()).toEqual([{ userId: BEN, name: 'Ben', receivedAt: 2 }]);
    expect(second.recents.list().map(({ startedAt }) => startedAt)).toEqual([2, 1]);
    expect(second.seenEnvelopes.load()).toEqual({ floor: 3 });
  });

  test('can be taken away again', () => {
    const store = openHere();
    store.contacts.put(contact(ADA, 'Ada'));
    store.contacts.remove(ADA);
    store.contacts.remove(BEN);
    store.recents.add(record(1));
    store.recents.clear();
    store.identity.save(secret);

    const again = reopen(store);

    expect(again.contacts.list()).toEqual([]);
    expect(again.recents.list()).toEqual([]);
  });

  test('begins empty, with defaults', () => {
    const store = openHere();

    expect(store.identity.load()).toBeNull();
    expect(store.profile.name).toBe('');
    expect(store.settings.get()).toEqual(DEFAULT_SETTINGS);
    expect(store.deviceId).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(notices).toEqual([]);
  });

  test('has its limits', () => {
    const store = openHere();
    for (let number = 0; number < MAX_REQUESTS; number++) {
      expect(store.requests.put({ userId: String(number).padStart(43, 'x'), name: 'x', receivedAt: 1 })).toBe(
        true,
      );
    }
    expect(store.requests.put({ userId: ADA, name: 'one too many', receivedAt: 1 })).toBe(false);
    expect(store.requests.put({ userId: '0'.padStart(43, 'x'), name: 'known', receivedAt: 1 })).toBe(true);
    put('recents', {
      format: 1,
      rows: Array.from({ length: MAX_RECENT_CALLS }, (_, number) => record(number)),
    });
    store.identity.save(secret);
    const again = reopen(store);
    again.recents.add(record(9_999));

    expect(again.recents.list()).toHaveLength(MAX_RECENT_CALLS);
    expect(again.recents.list()[0]?.startedAt).toBe(9_999);
  });

  test('is for its owner alone', () => {
    const store = openHere();
    store.identity.save(secret);
    store.contacts.put(contact(ADA, 'Ada'));

    for (const name of readdirSync(directory)) {
      expect(statSync(join(directory, name)).mode & 0o077, name).toBe(0);
    }
  });

  test('is not changed by whoever was given a list', () => {
    const store = openHere();
    store.contacts.put(contact(ADA, 'Ada'));
    for (const row of store.contacts.list()) row.name = 'changed';

    expect(store.contacts.get(ADA)?.name).toBe('Ada');
  });
});

describe('what a newer version stored', () => {
  test('is kept: keys, values and rows that this one does not know', () => {
    put('settings', { format: 1, theme: 'sepia', ringtone: false, hologram: { on: true } });
    put('identity', { format: 1, secret: secret.toString('base64url'), backup: 'yes' });
    put('contacts', {
      format: 1,
      groups: ['family'],
      rows: [
        { ...contact(ADA, 'Ada'), colour: 'green' },
        { ...contact(BEN, 'Ben'), state: 'muted' },
      ],
    });
    const store = openHere();

    expect(store.settings.get()).toEqual({ ...DEFAULT_SETTINGS, ringtone: false });
    expect(store.contacts.list()).toEqual([contact(ADA, 'Ada')]);
    store.settings.update({ language: 'de' });
    store.contacts.put(contact(ADA, 'Ada L.'));
    store.identity.save(Buffer.alloc(32, 8));

    expect(json('settings')).toEqual({
      format: 1,
      theme: 'sepia',
      ringtone: false,
      hologram: { on: true },
      language: 'de',
    });
    expect(json('identity')).toMatchObject({ backup: 'yes' });
    expect(json('contacts')).toEqual({
      format: 1,
      groups: ['family'],
      rows: [
        { ...contact(ADA, 'Ada L.'), colour: 'green' },
        { ...contact(BEN, 'Ben'), state: 'muted' },
      ],
    });
    expect(notices.filter(({ code }) => code === 'store-unreadable')).toEqual([
      { code: 'store-unreadable', detail: `${file('settings')}: theme` },
      { code: 'store-unreadable', detail: `${file('contacts')}: 1` },
    ]);
  });

  test('in another form is left alone', () => {
    put('contacts', { format: 2, people: {} });

    expect(() => openHere()).toThrow(/newer version of Byway/);
    expect(json('contacts')).toEqual({ format: 2, people: {} });
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['contacts', '{"format":1,"rows":['],
    ['contacts', ''],
    ['settings', 'null'],
    ['settings', '[]'],
    ['recents', '{"format":1,"rows":{}}'],
    ['profile', '{"format":1,"name":7}'],
    ['device', '{"format":1}'],
    ['envelopes', '\u0000\u0000\u0000'],
    ['identity', '{"rows":[]}'],
  ])('%s.json with %j stops the start with a sentence and is not touched', (name, content) => {
    put('identity', { format: 1, secret: secret.toString('base64url') });
    put(name, content);

    let caught: unknown;
    try {
      openHere();
    } catch (error) {
      caught = error;
    }

    expect(caught).toBeInstanceOf(StoreUnreadableError);
    expect(String(caught)).toContain(file(name));
    expect(String(caught)).toContain('left as it is');
    expect(readFileSync(file(name), 'utf8')).toBe(content);
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  test('does not show its content in the sentence, because it may be a secret', () => {
    put('identity', '{"format":1,"secret":"TOPSECRET');

    expect(() => openHere()).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('TOPSECRET') }),
    );
  });

  test('a missing identity with contacts there is not a first start', () => {
    put('contacts', { format: 1, rows: [contact(ADA, 'Ada')] });

    expect(() => openHere()).toThrow(StoreUnreadableError);
    expect(existsSync(file('identity'))).toBe(false);
  });
});

describe('writing', () => {
  test('puts the whole file in place or nothing', () => {
    const store = openHere();
    store.contacts.put(contact(ADA, 'Ada'));
    // A folder in the way of the unfinished file makes the write fail, for root too.
    const before = readFileSync(file('contacts'), 'utf8');
    mkdirSync(join(directory, 'contacts.json.new', 'in the way'), { recursive: true });

    expect(() => store.contacts.put(contact(BEN, 'Ben'))).toThrow(StoreUnwritableError);

    expect(readFileSync(file('contacts'), 'utf8')).toBe(before);
    expect(store.contacts.list()).toEqual([contact(ADA, 'Ada')]);
  });

  test('that a crash interrupted leaves the old file standing', () => {
    const store = openHere();
    store.identity.save(secret);
    store.contacts.put(contact(ADA, 'Ada'));
    store.close();
    writeFileSync(`${file('contacts')}.new`, '{"format":1,"ro');

    const again = openHere();

    expect(again.contacts.list()).toEqual([contact(ADA, 'Ada')]);
    expect(existsSync(`${file('contacts')}.new`)).toBe(false);
  });

  test('never shows a reader half a file', async () => {
    const store = openHere();
    store.contacts.put(contact(ADA, 'x'));
    const reader = spawn(process.execPath, [
      '-e',
      `const fs = require('fs'); let reads = 0;
       process.stdin.once('data', () => { console.log(reads); process.exit(0); });
       const read = () => { JSON.parse(fs.readFileSync(${JSON.stringify(file('contacts'))})); if (++reads === 1) console.error('up'); setImmediate(read); };
       read();`,
    ]);
    await once(reader.stderr, 'data');

    for (let round = 0; round < 60; round++) store.contacts.put(contact(ADA, 'x'.repeat(round * 500 + 1)));
    const ended = once(reader, 'exit');
    reader.stdin.write('stop');

    expect((await ended)[0]).toBe(0);
  });

  test('after closing is refused, and closing twice is fine', () => {
    const store = openHere();
    store.close();
    store.close();

    expect(() => store.profile.setName('Eve')).toThrow(StoreUnwritableError);
  });

  test('takes no settings outside their schema', () => {
    const store = openHere();

    expect(() => store.settings.update({ theme: 'sepia' } as unknown as Partial<Settings>)).toThrow();
    expect(store.settings.get()).toEqual(DEFAULT_SETTINGS);
  });
});

describe('one process at a time', () => {
  const lock = () => join(directory, 'lock');

  test('the same process cannot open it twice', () => {
    openHere();

    expect(() => openHere()).toThrow(StoreInUseError);
  });

  test('another process that lives keeps it, and is named', async () => {
    const module = join(import.meta.dirname, 'index.ts');
    const outside = join(import.meta.dirname, '../outside/real.ts');
    const other = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `const { openStore } = await import(${JSON.stringify(module)});
       const { realOutside } = await import(${JSON.stringify(outside)});
       openStore(${JSON.stringify(directory)}, { onNotice() {}, clock: realOutside.clock });
       console.log('open'); setInterval(() => {}, 1000);`,
    ]);
    try {
      await once(other.stdout, 'data');

      expect(() => openHere()).toThrow(expect.objectContaining({ name: 'StoreInUseError', pid: other.pid }));
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    // Killed without a chance to tidy up: its lock is still there, and is taken over.
    expect(existsSync(lock())).toBe(true);
    expect(openHere().profile.name).toBe('');
  });

  test.each([
    ['an earlier process of our number', JSON.stringify({ pid: process.pid, began: 'boot 1', bootedAt: 1 })],
    ['a number that another process has by now', JSON.stringify({ pid: 1, began: 'boot 1', bootedAt: 1 })],
    ['a crash in the middle of writing it', '{"pid":'],
    ['nobody', ''],
  ])('the lock of %s is taken over', (_, content) => {
    writeFileSync(lock(), content);

    openHere();

    expect(JSON.parse(readFileSync(lock(), 'utf8')).pid).toBe(process.pid);
  });

  test('is free again after closing', () => {
    openHere().close();

    expect(existsSync(lock())).toBe(false);
    openHere();
  });
});

describe('the secret', () => {
  test('is sealed where the system has a key store', () => {
    const store = openHere(box);
    store.identity.save(secret);

    expect(readFileSync(file('identity'), 'utf8')).not.toContain(secret.toString('base64url'));
    expect(reopen(store, box).identity.load()).toEqual(secret);
    expect(notices).toEqual([]);
  });

  test('lies open where it has none, and says so at every start', () => {
    const store = openHere({ ...box, available: false });
    store.identity.save(secret);
    expect(notices).toEqual([{ code: 'secret-unprotected', detail: file('identity') }]);

    expect(reopen(store).identity.load()).toEqual(secret);
    expect(notices).toHaveLength(2);
    expect(statSync(file('identity')).mode & 0o777).toBe(0o600);
  });

  test('is sealed as soon as that is possible', () => {
    const store = openHere();
    store.identity.save(secret);

    expect(reopen(store, box).identity.load()).toEqual(secret);

    expect(json('identity')).not.toHaveProperty('secret');
    expect(json('identity')).toHaveProperty('sealed');
  });

  test('that cannot be had is an error and never a new one', () => {
    const store = openHere(box);
    store.identity.save(secret);
    const before = readFileSync(file('identity'), 'utf8');
    const broken: SecretBox = {
      ...box,
      open: () => {
        throw new Error('another key chain');
      },
    };

    expect(() => reopen(store).identity.load()).toThrow(/key store, which cannot be reached/);
    expect(() => reopen(open.at(-1) ?? store, broken).identity.load()).toThrow(/does not open/);
    expect(readFileSync(file('identity'), 'utf8')).toBe(before);
  });
});

test('a file where the folder should be is named as such', () => {
  const path = join(directory, 'a-file');
  writeFileSync(path, '');
  for (const root of [path, join(path, 'below')]) {
    const opening = () => openStore(root, { onNotice() {}, clock: realOutside.clock });
    expect(opening).toThrow(StoreUnwritableError);
    expect(opening).toThrow(/a file lies in its place/);
  }
});
