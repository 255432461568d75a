/** What one file holds: an object with known keys, or a list of rows. What we do not know is kept as it is. */
import { z } from 'zod';
import { FORMAT } from './constants.ts';
import { StoreUnreadableError, StoreUnwritableError } from './errors.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';

type Raw = Record<string, unknown>;

const Head = z.looseObject({ format: z.number().int().positive() });

/** An object on disk. Keys that this version does not know survive every write. */
export class Document {
  readonly file: string;
  /** Whether the file was there when it was opened. */
  readonly existed: boolean;
  #raw: Raw;
  #closed = false;

  /** @throws StoreUnreadableError for a file that is no object of a form we know. */
  constructor(file: string) {
    this.file = file;
    const raw = readObject(file);
    this.existed = raw !== undefined;
    this.#raw = raw ?? { format: FORMAT };
  }

  get(key: string): unknown {
    return this.#raw[key];
  }

  /**
   * Writes the changes, and only then shows them; `undefined` takes a key away.
   * @throws StoreUnwritableError
   */
  update(changes: Raw): void {
    if (this.#closed) throw new StoreUnwritableError(this.file, 'the store is closed');
    const next = { ...this.#raw, ...changes };
    writeJsonFile(this.file, next);
    this.#raw = next;
  }

  /** Takes what another process has written meanwhile. @throws StoreUnreadableError */
  reload(): void {
    this.#raw = readObject(this.file) ?? { format: FORMAT };
  }

  close(): void {
    this.#closed = true;
  }
}

function readObject(file: string): Raw | undefined {
  const content = readJsonFile(file);
  if (content === undefined) return undefined;
  const head = Head.safeParse(content);
  if (!head.success) throw new StoreUnreadableError(file, 'it is not a file that Byway wrote');
  if (head.data.format > FORMAT) throw new StoreUnreadableError(file, 'a newer version of Byway wrote it');
  return head.data;
}

interface Row<T> {
  /** As it stands in the file, keys of newer versions included. */
  readonly raw: unknown;
  /** As this version understands it; `undefined` for a row it does not. */
  readonly value: T | undefined;
}

/** A list on disk, one row for each name. Rows this version does not understand are not shown and not lost. */
export class Rows<T extends object> {
  readonly #document: Document;
  readonly #schema: z.ZodType<T>;
  readonly #nameOf: (row: T) => string;
  #rows: readonly Row<T>[];

  /** @throws StoreUnreadableError when the file holds no list. */
  constructor(document: Document, schema: z.ZodType<T>, nameOf: (row: T) => string) {
    this.#document = document;
    this.#schema = schema;
    this.#nameOf = nameOf;
    const rows = document.get('rows') ?? [];
    if (!Array.isArray(rows)) throw new StoreUnreadableError(document.file, 'its rows are not a list');
    this.#rows = rows.map((raw) => this.#read(raw));
  }

  /** How many rows this version does not understand. */
  get unreadable(): number {
    return this.#rows.filter((row) => row.value === undefined).length;
  }

  list(): T[] {
    return this.#rows.flatMap((row) => (row.value === undefined ? [] : [structuredClone(row.value)]));
  }

  find(name: string): T | undefined {
    return this.list().find((row) => this.#nameOf(row) === name);
  }

  /**
   * Replaces the row of this name where it stands, or puts a new one at the end (or the beginning).
   * @returns false when it would be new and there are `limit` rows already
   */
  put(row: T, at: 'end' | 'beginning', limit = Number.POSITIVE_INFINITY): boolean {
    const name = this.#nameOf(row);
    const known = this.#rows.find((other) => this.#isNamed(other, name));
    if (known === undefined && this.#rows.length >= limit) return false;
    const next = this.#read({ ...(known?.raw as Raw | undefined), ...row });
    if (known !== undefined) this.#write(this.#rows.map((other) => (other === known ? next : other)));
    else this.#write(at === 'end' ? [...this.#rows, next] : [next, ...this.#rows]);
    return true;
  }

  remove(name: string): void {
    const rest = this.#rows.filter((row) => !this.#isNamed(row, name));
    if (rest.length < this.#rows.length) this.#write(rest);
  }

  /** Keeps the first `count` rows. */
  shorten(count: number): void {
    if (this.#rows.length > count) this.#write(this.#rows.slice(0, count));
  }

  #read(raw: unknown): Row<T> {
    const parsed = this.#schema.safeParse(raw);
    return { raw, value: parsed.success ? parsed.data : undefined };
  }

  #isNamed(row: Row<T>, name: string): boolean {
    return row.value !== undefined && this.#nameOf(row.value) === name;
  }

  #write(rows: readonly Row<T>[]): void {
    this.#document.update({ rows: rows.map((row) => row.raw) });
    this.#rows = rows;
  }
}
