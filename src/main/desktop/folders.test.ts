import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './folders.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'byway-folders-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the folder for data', () => {
  it('is made with all that leads to it, and may be there already', () => {
    const data = join(directory, 'a/b');
    makeFolder(data, join(data, 'browser'));
    makeFolder(data, join(data, 'browser'));
    expect(statSync(join(data, 'browser')).isDirectory()).toBe(true);
  });

  it('cannot be where a file lies, nor under one, and says so', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    for (const data of [file, join(file, 'under')]) {
      expect(() => makeFolder(data, join(data, 'browser'))).toThrow(`a file lies at ${data}`);
    }
    expect(() => makeFolder(directory, file)).toThrow('a file lies');
  });
});
