/** One JSON file: read whole, replaced whole. A reader sees the old content or the new, never a part. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { FILE_MODE, RENAME_ATTEMPTS, RENAME_PAUSE_MS } from './constants.ts';
import { codeOf, reasonOf, StoreUnreadableError, StoreUnwritableError } from './errors.ts';

/**
 * The parsed content of `file`, or `undefined` where there is no such file.
 * @throws StoreUnreadableError for anything else; the file is not touched.
 */
export function readJsonFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new StoreUnreadableError(file, reasonOf(error), { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message may quote the content, and the content may be a secret.
    throw new StoreUnreadableError(file, text === '' ? 'it is empty' : 'it is not valid JSON');
  }
}

/**
 * Writes `value` beside `file`, forces it to the disk, and only then puts it in the place of `file`.
 * @throws StoreUnwritableError when the system will not; the old content then stands.
 */
export function writeJsonFile(file: string, value: unknown): void {
  const unfinished = unfinishedFile(file);
  try {
    const descriptor = openSync(unfinished, 'w', FILE_MODE);
    try {
      // The mode of `open` counts for new files only, and a crash may have left this one.
      if (process.platform !== 'win32') fchmodSync(descriptor, FILE_MODE);
      writeFileSync(descriptor, `${JSON.stringify(value, null, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameOver(unfinished, file);
    syncDirectory(dirname(file));
  } catch (error) {
    try {
      rmSync(unfinished, { force: true });
    } catch (removal) {
      throw new StoreUnwritableError(file, reasonOf(error), { cause: removal });
    }
    throw new StoreUnwritableError(file, reasonOf(error), { cause: error });
  }
}

/** Where the new content of `file` is written before it takes its place. */
export function unfinishedFile(file: string): string {
  return `${file}.new`;
}

function renameOver(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '');
      if (process.platform !== 'win32' || !busy || attempt === RENAME_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RENAME_PAUSE_MS);
    }
  }
}

/** Makes the rename itself last through a power cut. Windows has no such call and needs none (NTFS keeps a journal). */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
