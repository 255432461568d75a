/** One process at a time in a folder. The lock is a file that names its holder; the lock of a dead holder is taken over. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FILE_MODE, SAME_BOOT_MS } from './constants.ts';
import { codeOf, reasonOf, StoreInUseError, StoreUnwritableError } from './errors.ts';

const Holder = z.object({
  pid: z.number().int().positive(),
  /** When that process began, in the words of the process table: a number that was given again is another process. */
  began: z.string(),
  /** When the machine began, ms since 1970. */
  bootedAt: z.number(),
});
type Holder = z.infer<typeof Holder>;

export interface Lock {
  /**
   * Whether it is still ours: somebody who could not see that we live (another container) may have taken it over. When they have
   * given it back it is taken again.
   */
  hold(): 'held' | 'taken-again' | 'lost';
  /** Twice is fine. */
  release(): void;
}

/** Folders this very process holds; its own number in a lock file cannot tell. */
const held = new Set<string>();

/**
 * Takes the lock of `directory`.
 * @param wallNow ms since 1970
 * @throws StoreInUseError while a living process holds it, StoreUnwritableError when the folder takes no file
 */
export function takeLock(directory: string, wallNow: number): Lock {
  const file = join(directory, 'lock');
  if (held.has(directory)) throw new StoreInUseError(directory, process.pid);
  const bootedAt = Math.round(wallNow - uptime() * 1_000);
  const mine = JSON.stringify({
    pid: process.pid,
    began: beginningOf(process.pid),
    bootedAt,
  } satisfies Holder);
  try {
    if (!create(file, mine)) {
      const found = readFileSync(file, 'utf8');
      const holder = parseHolder(found);
      if (holder !== undefined && isAlive(holder, bootedAt)) throw new StoreInUseError(directory, holder.pid);
      removeStale(file, found, directory);
      if (!create(file, mine)) {
        throw new StoreInUseError(directory, parseHolder(readFileSync(file, 'utf8'))?.pid ?? 0);
      }
    }
  } catch (error) {
    if (error instanceof StoreInUseError) throw error;
    throw new StoreUnwritableError(file, reasonOf(error), { cause: error });
  }
  held.add(directory);
  return {
    hold() {
      if (!held.has(directory)) return 'lost';
      if (readOrNothing(file) === mine) return 'held';
      try {
        return create(file, mine) ? 'taken-again' : 'lost';
      } catch {
        return 'lost'; // Where nothing can be written, nothing is ours.
      }
    },
    release() {
      if (!held.delete(directory)) return;
      // Somebody who judged us dead may hold it now; theirs stays.
      if (readOrNothing(file) === mine) rmSync(file, { force: true });
    },
  };
}

function create(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx', mode: FILE_MODE });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Two processes may find the same dead lock; whoever moved away a fresh one puts it back. */
function removeStale(file: string, stale: string, directory: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readFileSync(aside, 'utf8');
  if (moved !== stale) {
    linkSync(aside, file);
    rmSync(aside);
    throw new StoreInUseError(directory, parseHolder(moved)?.pid ?? 0);
  }
  rmSync(aside);
}

/** A lock that a crash left half written names nobody. */
function parseHolder(text: string): Holder | undefined {
  try {
    const parsed = Holder.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder, bootedAt: number): boolean {
  // Our own number, and we do not hold it: it was left by an earlier process that had the same one.
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const began = beginningOf(holder.pid);
  if (began !== '' && holder.began !== '') return began === holder.began;
  return Math.abs(holder.bootedAt - bootedAt) <= SAME_BOOT_MS;
}

/** proc(5): the boot and field 22 of /proc/pid/stat, clock ticks from boot to the start of the process. Empty elsewhere. */
function beginningOf(pid: number): string {
  if (process.platform !== 'linux') return '';
  const stat = readOrNothing(`/proc/${pid}/stat`);
  const boot = readOrNothing('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || boot === undefined) return '';
  // The name in field 2 may hold spaces and brackets; the fields after its last bracket do not.
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return startTicks === undefined ? '' : `${boot.trim()} ${startTicks}`;
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
