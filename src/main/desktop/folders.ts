/** Making the folders of the app. */
import { mkdirSync } from 'node:fs';
import { words } from './words.ts';

/**
 * Makes the folder for Chromium's files inside the folder with our data. Chromium's lock fails where it cannot be made,
 * and Electron tells that apart from an app that runs already by nothing.
 *
 * @throws Error whose message is a sentence for the person
 */
export function makeFolder(inside: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // mkdir(2): EEXIST for a file in the folder's place, ENOTDIR for one on the way to it.
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new Error(words.fileInPlaceOfFolder(inside), { cause: error });
    }
    throw new Error(words.noFolder(inside, error instanceof Error ? error.message : String(error)), {
      cause: error,
    });
  }
}
