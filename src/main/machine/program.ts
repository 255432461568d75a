/** Asking a program of the system: without a shell, and with an end to its time and its words. */
import { execFile } from 'node:child_process';
import type { Logger } from 'pino';
import { ANSWER_LIMIT_MS, MAX_ANSWER_BYTES } from './constants.ts';

/**
 * What a program wrote to its output.
 *
 * @param limitMs after which it is ended
 * @returns undefined where it is not there, failed, was too slow or wrote too much
 */
export type Ask = (
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  limitMs?: number,
) => Promise<string | undefined>;

/** Asks programs of this machine. Why one did not answer is logged once, until it has answered again. */
export function askPrograms(logger: Logger): Ask {
  const failed = new Set<string>();
  return (program, args, signal, limitMs = ANSWER_LIMIT_MS) =>
    new Promise((resolve) => {
      const child = execFile(
        program,
        args,
        {
          encoding: 'utf8',
          timeout: limitMs,
          maxBuffer: MAX_ANSWER_BYTES,
          killSignal: 'SIGKILL',
          signal,
          windowsHide: true,
          // Numbers and words as the programs' authors wrote them.
          env: { ...process.env, LC_ALL: 'C' },
        },
        (error, output) => {
          if (error === null) {
            failed.delete(program);
            return resolve(output);
          }
          if (!signal.aborted && !failed.has(program)) {
            failed.add(program);
            logger.debug({ program, code: error.code, killed: error.killed }, 'a program did not answer');
          }
          resolve(undefined);
        },
      );
      child.stdin?.end();
    });
}
