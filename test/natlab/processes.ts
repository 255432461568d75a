/** All processes of this machine, as proc(5) shows them. */
import { readdirSync, readFileSync } from 'node:fs';

/** The process that started another one; 0 when that one is gone. */
export function parentOf(pid: number): number {
  const stat = contentOf(`/proc/${pid}/stat`);
  // The program's name may hold spaces and parentheses; the fields are counted after it.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** The command line, its words apart by spaces; empty when the process is gone or a zombie. */
export function commandOf(pid: number): string {
  return contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** All that a process started, and all that those started. */
export function descendantsOf(ancestor: number): readonly number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent === ancestor || (parent > 1 && descends(parent));
  };
  return all.filter(descends);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone, which is an answer.
    return '';
  }
}
