/** How much processor time a process takes (proc(5), Linux alone). */
import { readFileSync } from 'node:fs';

/** Clock ticks a second; the kernel shows 100 to programs on every architecture that runs Electron. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process so far, ms; undefined where the system does not say. */
export function cpuTimeMs(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name may hold spaces and parentheses; the fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
