/** logind: since when nobody has used any session of this machine. */
import { z } from 'zod';
import { readJson } from '../json.ts';

export const LOGIND_QUESTION = [
  '--system',
  '--auto-start=no',
  '--json=short',
  'call',
  'org.freedesktop.login1',
  '/org/freedesktop/login1',
  'org.freedesktop.DBus.Properties',
  'GetAll',
  's',
  'org.freedesktop.login1.Manager',
] as const;

const Answer = z.object({
  data: z.tuple([
    z.object({
      IdleHint: z.object({ data: z.boolean() }),
      /** Microseconds since 1970; 0 where there is no session at all. */
      IdleSinceHint: z.object({ data: z.number().min(0) }),
    }),
  ]),
});

/**
 * Desktops set the hint after some minutes, terminals have it from their last key. So it is never too long, and 0 while somebody is there.
 *
 * @param nowMs ms since 1970
 * @returns seconds; undefined for anything but logind's answer as `busctl` writes it
 */
export function parseLogind(text: string, nowMs: number): number | undefined {
  const answer = readJson(Answer, text)?.data[0];
  if (answer === undefined) return undefined;
  if (!answer.IdleHint.data) return 0;
  return Math.max(0, (nowMs - answer.IdleSinceHint.data / 1_000) / 1_000);
}
