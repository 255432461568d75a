/** Real programs: scripts in a folder that stands first on the path. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_ANSWER_BYTES } from './constants.ts';
import { askPrograms } from './program.ts';

const never = new AbortController().signal;
const isPosix = process.platform !== 'win32';

describe.runIf(isPosix)('a program that is asked', () => {
  let folder: string;
  let log: string[];
  const ask = () => askPrograms(pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byway-program-'));
    log = [];
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  const script = (name: string, text: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('answers with its output, gets its arguments as they are and no input', async () => {
    script('told', 'cat; printf "%s|" "$@" "$LC_ALL"');
    expect(await ask()('told', ['a b', '$(id)', '"'], never)).toBe('a b|$(id)|"|C|');
  });

  it('is nobody where it is not there, and is missed once in the log', async () => {
    const asking = ask();
    expect(await asking('byway-no-such-program', [], never)).toBeUndefined();
    expect(await asking('byway-no-such-program', [], never)).toBeUndefined();
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('ENOENT');
  });

  it('has said nothing when it fails', async () => {
    script('fails', 'echo half; exit 1');
    expect(await ask()('fails', [], never)).toBeUndefined();
  });

  it('is ended when it takes too long, deaf as it may be', async () => {
    script('slow', `trap '' TERM; echo $$ > '${folder}/pid'; while true; do sleep 0.05; done`);
    expect(await ask()('slow', [], never, 300)).toBeUndefined();
    expect(isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it('is not waited for when it has left somebody behind who holds its output', async () => {
    script('leaves', 'sleep 5 & echo gone');
    const beganMs = performance.now();
    await ask()('leaves', [], never, 500);
    expect(performance.now() - beganMs).toBeLessThan(4_000);
  });

  it('is ended when it says too much', async () => {
    script('talks', 'exec yes');
    expect(await ask()('talks', [], never)).toBeUndefined();
    expect(log[0]).toContain('MAXBUFFER');
    expect(MAX_ANSWER_BYTES).toBeLessThan(10_000_000);
  });

  it('is ended when nobody wants to know any more, without a word in the log', async () => {
    script('waits', `echo $$ > '${folder}/pid'; exec sleep 30`);
    const wanted = new AbortController();
    const answer = ask()('waits', [], wanted.signal);
    const pid = await vi.waitFor(() => {
      const read = Number(readFileSync(join(folder, 'pid'), 'utf8'));
      expect(read).toBeGreaterThan(0);
      return read;
    });
    wanted.abort();
    expect(await answer).toBeUndefined();
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
    expect(log).toEqual([]);
    expect(await ask()('waits', [], wanted.signal)).toBeUndefined();
  });
});
